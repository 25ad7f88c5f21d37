"""A row once, whoever comes first."""

import asyncio

from app.core.db.upsert import InsertNew
from app.messaging.models import LateAnswer

note = InsertNew(LateAnswer)


def see(session, digest):
    row = {"dedup_key": "same", "openid": "o", "message": digest, "answer": None, "begun_at": 1}
    return note(session.connection(), row)


async def test_insert_new_is_true_for_exactly_one_of_many(db):
    news = await asyncio.gather(*(db.write(see, f"digest {number}") for number in range(20)))

    kept = await db.read(lambda session: session.get(LateAnswer, "same").message)
    assert sum(news) == 1
    assert kept == f"digest {news.index(True)}"
