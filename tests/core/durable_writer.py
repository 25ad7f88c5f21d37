"""A process that writes until it is killed, saying each id once the write has been acknowledged."""

import asyncio
import sys
from datetime import UTC, datetime

from app.core.db import open_database
from app.people.models import Person


def add_person(session, id_):
    session.add(Person(id=id_, created_at=datetime.now(UTC)))
    session.flush()
    return id_


async def main(url, first):
    db = open_database(url)
    while True:
        writes = [asyncio.create_task(db.write(add_person, first + n)) for n in range(8)]
        for write in asyncio.as_completed(writes):
            print(await write, flush=True)
        first += 8


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
