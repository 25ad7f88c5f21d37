"""A row once, whoever comes first."""

import asyncio

from app.core.db.upsert import InsertNew
from app.messaging.models import SeenSignature

note = InsertNew(SeenSignature)


def see(session, digest):
    return note(session.connection(), {"signature": "same", "digest": digest, "seen_at": 1})


async def test_insert_new_is_true_for_exactly_one_of_many(db):
    news = await asyncio.gather(*(db.write(see, f"digest {number}") for number in range(20)))

    kept = await db.read(lambda session: session.get(SeenSignature, "same").digest)
    assert sum(news) == 1
    assert kept == f"digest {news.index(True)}"
