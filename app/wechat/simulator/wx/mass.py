"""群发: mass/sendall, send, preview, get and delete, with the quotas of each type of account.

A subscription account reaches everybody once a day; a service account reaches each follower four times a calendar
month. WeChat takes its time: the message stands on the phones, and the job's event leaves, a few seconds later.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from app.wechat.simulator.account import AccountType
from app.wechat.simulator.followers import Follower, Shown, Via
from app.wechat.simulator.messages import Inbound
from app.wechat.simulator.world import World
from app.wechat.simulator.wx.answers import Api, Call, WxError, fine
from app.wechat.simulator.wx.token import require_token

TAKES: Final = timedelta(seconds=3)
MAX_CLIENT_ID: Final = 64
"""UTF-8 bytes; 64 itself may be refused."""
A_MONTH: Final = 4
A_MINUTE: Final = 60
PREVIEWS: Final = 100
AT_ONCE: Final = timedelta(minutes=1)
KINDS: Final = {"text", "mpnews", "image", "images", "voice", "mpvideo", "wxcard"}


@dataclass
class Job:
    msg_id: int
    at: datetime
    shown: Shown
    to: list[Follower]
    filtered: int = 0
    errors: int = 0
    finished: bool = False
    deleted: bool = False

    def event(self) -> Inbound:
        return Inbound(
            "event",
            {
                "Event": "MASSSENDJOBFINISH",
                "MsgID": self.msg_id,
                "Status": "send success",
                "TotalCount": len(self.to) + self.filtered,
                "FilterCount": len(self.to),
                "SentCount": len(self.to) - self.errors,
                "ErrorCount": self.errors,
            },
        )


@dataclass
class Jobs:
    by_id: dict[int, Job] = field(default_factory=dict)
    by_client_id: dict[str, int] = field(default_factory=dict)
    days: Counter[date] = field(default_factory=Counter)
    months: Counter[tuple[int, int]] = field(default_factory=Counter)
    """Sends to everybody, of a service account."""
    received: Counter[tuple[str, int, int]] = field(default_factory=Counter)
    previews: Counter[date] = field(default_factory=Counter)
    calls: list[datetime] = field(default_factory=list)


def finish_jobs(world: World) -> list[Job]:
    """What WeChat has done by now: the message stands on the phones. The jobs whose event is to leave."""
    over = [job for job in world.state(Jobs).by_id.values() if not job.finished and world.now() >= job.at + TAKES]
    for job in over:
        job.finished = True
        reached = [follower for follower in job.to if follower.following and not follower.blocks]
        job.errors = len(job.to) - len(reached)
        for follower in reached:
            world.show(follower.openid, Via.MASS, job.shown)
    return over


def _send_all(world: World, call: Call) -> Mapping[str, Any]:
    asked = _begin(world, call)
    target = asked.get("filter")
    if not isinstance(target, dict):
        raise WxError(40035)
    everybody = target.get("is_to_all") is True
    if everybody:
        return _send(world, asked, [one for one in world.followers.values() if one.following], everybody=True)
    tagged = world.state(Tags).members.get(target.get("tag_id", -1))
    if tagged is None:
        raise WxError(45159)
    people = [world.followers[openid] for openid in sorted(tagged) if openid in world.followers]
    return _send(world, asked, people, everybody=False)


def _send_to(world: World, call: Call) -> Mapping[str, Any]:
    if world.account.account_type is not AccountType.SERVICE:
        raise WxError(48001)
    asked = _begin(world, call)
    openids = asked.get("touser")
    if not isinstance(openids, list) or not 2 <= len(openids) <= 10_000:
        raise WxError(40130)
    if any(openid not in world.followers for openid in openids):
        raise WxError(40003)
    return _send(world, asked, [world.followers[openid] for openid in openids], everybody=False)


def _begin(world: World, call: Call) -> dict[str, Any]:
    require_token(world, call)
    jobs, now = world.state(Jobs), world.now()
    jobs.calls = [at for at in jobs.calls if now - at < AT_ONCE] + [now]
    if len(jobs.calls) > A_MINUTE:
        raise WxError(45009)
    return call.json()


def _send(world: World, asked: Mapping[str, Any], people: list[Follower], *, everybody: bool) -> Mapping[str, Any]:
    jobs, now = world.state(Jobs), world.now()
    shown = _shown(asked)
    client_id = asked.get("clientmsgid")
    if client_id is not None:
        if not isinstance(client_id, str) or len(client_id.encode()) >= MAX_CLIENT_ID:
            raise WxError(45067)
        if client_id in jobs.by_client_id:
            number = jobs.by_client_id[client_id]
            wait = 45066 if now - jobs.by_id[number].at < AT_ONCE else 45065
            raise WxError(wait, msg_id=number)
    reached, filtered = _within_quota(world, people, everybody=everybody)
    job = Job(world.next_id() % 2**31, now, shown, reached, filtered)
    jobs.by_id[job.msg_id] = job
    if client_id is not None:
        jobs.by_client_id[client_id] = job.msg_id
    return fine(msg_id=job.msg_id, msg_data_id=job.msg_id + 1)


def _within_quota(world: World, people: list[Follower], *, everybody: bool) -> tuple[list[Follower], int]:
    """Whom this send still reaches, and how many it does not. Raises WxError 45028."""
    jobs, today = world.state(Jobs), world.now().date()
    month = today.year, today.month
    if world.account.account_type is AccountType.SUBSCRIPTION:
        if jobs.days[today] >= 1:
            raise WxError(45028)
        jobs.days[today] += 1
        return people, 0
    if everybody:
        if jobs.months[month] >= A_MONTH:
            raise WxError(45028)
        jobs.months[month] += 1
    reached = [one for one in people if jobs.received[one.openid, *month] < A_MONTH]
    for follower in reached:
        jobs.received[follower.openid, *month] += 1
    return reached, len(people) - len(reached)


def _shown(asked: Mapping[str, Any]) -> Shown:
    kind = asked.get("msgtype")
    if kind not in KINDS:
        raise WxError(40008)
    content = asked.get(str(kind))
    if not isinstance(content, dict):
        raise WxError(44002)
    if kind == "text":
        text = content.get("content")
        if not isinstance(text, str) or not text:
            raise WxError(44004)
        return Shown("text", text)
    return Shown(str(kind), str(content.get("media_id", "")), {"content": dict(content)})


def _preview(world: World, call: Call) -> Mapping[str, Any]:
    require_token(world, call)
    asked, jobs, today = call.json(), world.state(Jobs), world.now().date()
    shown = _shown(asked)
    openid = asked.get("touser")
    if openid not in world.followers:
        raise WxError(40003)
    if jobs.previews[today] >= PREVIEWS:
        raise WxError(45009)
    jobs.previews[today] += 1
    world.show(openid, Via.MASS, Shown(shown.type, shown.text, {**shown.details, "preview": True}))
    return fine(msg_id=world.next_id() % 2**31)


def _job(world: World, call: Call) -> Job:
    require_token(world, call)
    number = str(call.json().get("msg_id", ""))
    job = world.state(Jobs).by_id.get(int(number)) if number.isdigit() else None
    if job is None:
        raise WxError(40059)
    return job


def _get(world: World, call: Call) -> Mapping[str, Any]:
    job = _job(world, call)
    return {"msg_id": job.msg_id, "msg_status": _status(job)}


def _status(job: Job) -> str:
    if job.deleted:
        return "DELETE"
    return "SEND_SUCCESS" if job.finished else "SENDING"


def _delete(world: World, call: Call) -> Mapping[str, Any]:
    _job(world, call).deleted = True
    return fine()


# --- tags: whom a send is for ---


@dataclass
class Tags:
    names: dict[int, str] = field(default_factory=dict)
    members: dict[int, set[str]] = field(default_factory=dict)


MAX_TAGS, MAX_NAME, MAX_OPENIDS, TAGS_EACH, FIRST_TAG = 100, 30, 50, 20, 100


def _create_tag(world: World, call: Call) -> Mapping[str, Any]:
    require_token(world, call)
    tags = world.state(Tags)
    name = (call.json().get("tag") or {}).get("name")
    if not isinstance(name, str) or not name or len(name.encode()) > MAX_NAME:
        raise WxError(45158)
    if name in tags.names.values():
        raise WxError(45157)
    if len(tags.names) >= MAX_TAGS:
        raise WxError(45056)
    number = max(tags.names, default=FIRST_TAG - 1) + 1
    tags.names[number], tags.members[number] = name, set()
    return {"tag": {"id": number, "name": name}}


def _get_tags(world: World, call: Call) -> Mapping[str, Any]:
    require_token(world, call)
    tags = world.state(Tags)
    return {"tags": [{"id": one, "name": name, "count": len(tags.members[one])} for one, name in tags.names.items()]}


def _delete_tag(world: World, call: Call) -> Mapping[str, Any]:
    require_token(world, call)
    tags = world.state(Tags)
    number: Any = (call.json().get("tag") or {}).get("id")
    if number in (0, 1, 2):
        raise WxError(45058)
    if tags.names.pop(number, None) is None:
        raise WxError(45159)
    del tags.members[number]
    return fine()


def _tagging(*, adds: bool) -> Callable[[World, Call], Mapping[str, Any]]:
    def change(world: World, call: Call) -> Mapping[str, Any]:
        require_token(world, call)
        asked, tags = call.json(), world.state(Tags)
        members = tags.members.get(asked.get("tagid", -1))
        openids = asked.get("openid_list")
        if members is None:
            raise WxError(45159)
        if not isinstance(openids, list) or not 1 <= len(openids) <= MAX_OPENIDS:
            raise WxError(40032)
        if any(openid not in world.followers for openid in openids):
            raise WxError(49003)
        if adds and any(sum(one in group for group in tags.members.values()) >= TAGS_EACH for one in openids):
            raise WxError(45059)
        (members.update if adds else members.difference_update)(openids)
        return fine()

    return change


def _members(world: World, call: Call) -> Mapping[str, Any]:
    require_token(world, call)
    asked = call.json()
    members = world.state(Tags).members.get(asked.get("tagid", -1))
    if members is None:
        raise WxError(45159)
    return _page(sorted(members), str(asked.get("next_openid") or ""))


# --- followers ---

PAGE: Final = 10_000


def _page(openids: list[str], after: str) -> Mapping[str, Any]:
    """The last page names its last openid again: whoever goes on from there gets an empty one."""
    left = [one for one in openids if one > after][:PAGE]
    answer: dict[str, Any] = {"total": len(openids), "count": len(left), "next_openid": left[-1] if left else ""}
    return {**answer, "data": {"openid": left}} if left else answer


def _list_users(world: World, call: Call) -> Mapping[str, Any]:
    require_token(world, call)
    following = sorted(one.openid for one in world.followers.values() if one.following)
    return _page(following, call.query.get("next_openid", ""))


def _user_info(world: World, call: Call) -> Mapping[str, Any]:
    require_token(world, call)
    follower = world.followers.get(call.query.get("openid", ""))
    if follower is None:
        raise WxError(40003)
    if not follower.following:
        return {"subscribe": 0, "openid": follower.openid}
    tags = [number for number, members in world.state(Tags).members.items() if follower.openid in members]
    known = {"subscribe": 1, "openid": follower.openid, "tagid_list": tags, "nickname": ""}
    return {**known, **({"unionid": follower.unionid} if follower.unionid else {})}


APIS: Final = {
    "cgi-bin/message/mass/sendall": Api("POST", _send_all),
    "cgi-bin/message/mass/send": Api("POST", _send_to),
    "cgi-bin/message/mass/preview": Api("POST", _preview),
    "cgi-bin/message/mass/get": Api("POST", _get),
    "cgi-bin/message/mass/delete": Api("POST", _delete),
}
TAG_APIS: Final = {
    "cgi-bin/tags/create": Api("POST", _create_tag),
    "cgi-bin/tags/get": Api("GET", _get_tags),
    "cgi-bin/tags/delete": Api("POST", _delete_tag),
    "cgi-bin/tags/members/batchtagging": Api("POST", _tagging(adds=True)),
    "cgi-bin/tags/members/batchuntagging": Api("POST", _tagging(adds=False)),
    "cgi-bin/user/tag/get": Api("POST", _members),
    "cgi-bin/user/get": Api("GET", _list_users),
    "cgi-bin/user/info": Api("GET", _user_info),
}
