"""WeChat's side of the callback: deliver a message, judge the answer, show the follower what comes of it."""

from collections.abc import Mapping
from typing import Any

from app.wechat.simulator import events
from app.wechat.simulator.exchange import Caller
from app.wechat.simulator.followers import Shown, Via
from app.wechat.simulator.handshake import Handshake, shake_hands
from app.wechat.simulator.log import PushRecord
from app.wechat.simulator.messages import Inbound, to_xml
from app.wechat.simulator.opening import readable
from app.wechat.simulator.replies import FAULT_NOTICE, Question, judge
from app.wechat.simulator.tries import deliver
from app.wechat.simulator.world import World


class Pusher:
    """Speaks to the service for every follower of one world, over one HTTP client."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._caller = Caller(world.push_timeout)

    async def close(self) -> None:
        await self._caller.close()

    async def handshake(self, url: str) -> Handshake:
        return await shake_hands(self._world, self._caller, url)

    async def push(
        self, url: str, openid: str, inbound: Inbound, *, said: Mapping[str, Any] | None = None, mini: bool = False
    ) -> PushRecord:
        """Deliver what a follower did, and return when WeChat is done with it. ``mini``: in the mini-program."""
        world = self._world
        account, at, msg_id = world.account.original_id, world.now(), world.next_id()
        xml = to_xml(inbound, account=account, openid=openid, at=at, msg_id=msg_id)
        return await self.push_xml(url, openid, xml, kind=inbound.kind, name=inbound.name, said=said, mini=mini)

    async def push_xml(
        self,
        url: str,
        openid: str,
        xml: str,
        *,
        kind: str,
        name: str,
        said: Mapping[str, Any] | None = None,
        mini: bool = False,
    ) -> PushRecord:
        """Deliver this very XML. ``kind`` is its MsgType, by which the reply is judged; ``name`` is for the log."""
        record = PushRecord(self._world.now(), name, openid, xml, said=said, mini=mini)
        url = f"{url}/mini" if mini else url
        self._world.log.append(record)
        try:
            with self._world.speaking_for(openid):
                answer = await deliver(self._world, self._caller, url, record)
            return self._conclude(record, kind, answer)
        finally:
            record.finished = True
            self._world.steps.take(openid)

    def _conclude(self, record: PushRecord, kind: str, answer: bytes | None) -> PushRecord:
        if answer is None:
            record.rejected = f"试了{len({one.number for one in record.tries})}次，都没有等到有效的应答"
            self._show(record, FAULT_NOTICE)
            return record
        record.delivered = True
        record.response_raw = answer.decode(errors="replace")
        record.response = readable(self._world.account, answer)
        verdict = judge(self._world.account, Question(record.openid, kind), answer)
        record.rejected = verdict.rejected
        self._show(record, verdict.shown)
        return record

    def _show(self, record: PushRecord, shown: Shown | None) -> None:
        if record.openid == events.SYSTEM:
            return
        follower = self._world.follower(record.openid)
        if shown is None or not follower.following or record.message in events.SILENT:
            return
        record.reply = shown.as_json()
        self._world.show(record.openid, Via.PASSIVE, shown, answers=record.id)
