"""A process with a cold gateway: waits for the start, makes a few calls at once, says how many succeeded.

``python -m tests.wechat.cold_worker URL API_BASE`` begins with the first line on its standard input.
With ``unguarded`` as a third argument everybody may claim the token's refresh, as if there were no lease.
"""

import asyncio
import sys

from app.core.clock import Clock
from app.core.db import open_database
from app.wechat import access_token
from app.wechat.gateway import Gateway
from tests.serving import make_settings

CALLS = 4


claim = access_token.claim


def claim_always(session, app_id, seen, lease):
    claim(session, app_id, seen, lease)
    return True


async def main(url, api_base):
    db = open_database(url)
    gateway = Gateway(make_settings(url), db, Clock(), api_base=api_base)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    answers = await asyncio.gather(*(gateway.callback_addresses() for _ in range(CALLS)))
    print(sum(answer == ["127.0.0.1"] for answer in answers), flush=True)
    await gateway.close()
    await db.close()


if __name__ == "__main__":
    if len(sys.argv) > 3:
        access_token.claim = claim_always
    asyncio.run(main(*sys.argv[1:3]))
