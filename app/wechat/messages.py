"""What a follower or WeChat itself says, as one frozen typed message, whatever mode it came in."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """The MsgType of a message; an unheard-of one (file, sticker …) is UNKNOWN."""

    TEXT = "text"
    IMAGE = "image"
    VOICE = "voice"
    VIDEO = "video"
    SHORT_VIDEO = "shortvideo"
    LOCATION = "location"
    LINK = "link"
    MINI_PROGRAM_PAGE = "miniprogrampage"
    EVENT = "event"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Media:
    """An image, a voice or a video, kept by WeChat under ``media_id`` for three days."""

    media_id: str
    thumb_media_id: str = ""
    url: str = ""
    format: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A point on the map. WeChat's ``Location_X`` is the latitude. ``precision`` in metres."""

    latitude: float
    longitude: float
    label: str = ""
    scale: int = 0
    precision: float = 0.0


@dataclass(frozen=True, slots=True)
class Link:
    title: str
    description: str
    url: str


@dataclass(frozen=True, slots=True)
class MiniProgramPage:
    title: str
    app_id: str
    path: str


@dataclass(frozen=True, slots=True)
class ScanCode:
    """What the menu's scanner read (scancode_push, scancode_waitmsg)."""

    type: str
    result: str


@dataclass(frozen=True, slots=True)
class Pictures:
    """How many pictures the menu's camera or album sent, and their MD5 sums; the pictures follow."""

    count: int
    md5_sums: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MassJob:
    """The report on a mass send (MASSSENDJOBFINISH). Counts are followers."""

    job_id: str
    status: str
    total: int = 0
    filtered: int = 0
    sent: int = 0
    failed: int = 0
    article_urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TemplateJob:
    """The report on one template message (TEMPLATESENDJOBFINISH)."""

    job_id: str
    status: str


@dataclass(frozen=True, slots=True)
class PublishJob:
    """The report on a publication (PUBLISHJOBFINISH); status 0 is done."""

    publish_id: str
    status: int
    article_id: str = ""
    article_urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SubscribeChoice:
    """One template of a subscribe_msg_* event: asked (popup), withdrawn (change) or sent."""

    template_id: str
    status: str
    """accept, reject; for a sent one the error status."""
    job_id: str = ""
    error_code: int = 0


class SubscribeOutcome(StrEnum):
    """What an event says of one person's permission for one template."""

    ACCEPTED = "accepted"  # 同意：多一次
    REJECTED = "rejected"  # 这一次没同意
    WITHDRAWN = "withdrawn"  # 在设置里关掉了
    SENT = "sent"  # 微信报告已发到
    FAILED = "failed"  # 微信报告没有发到


@dataclass(frozen=True, slots=True)
class SubscribeChoices:
    items: tuple[SubscribeChoice, ...]


Detail = (
    Media
    | Place
    | Link
    | MiniProgramPage
    | ScanCode
    | Pictures
    | MassJob
    | TemplateJob
    | PublishJob
    | SubscribeChoices
    | None
)

REPLYING_EVENTS = frozenset({"subscribe", "scan", "click", "scancode_waitmsg"})
"""Events to which WeChat shows a reply; to all others, new ones too, `success` is the whole answer."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message or event. ``event`` is lower-case, and empty for a message."""

    kind: Kind
    to_user: str
    from_user: str
    created: int
    """CreateTime, seconds since 1970, by WeChat's clock."""
    msg_id: str = ""
    """Empty for events: WeChat gives them none."""
    text: str = ""
    """What was typed, tapped or recognised from speech."""
    tapped: str = ""
    """bizmsgmenuid when a tap-link was tapped."""
    event: str = ""
    event_key: str = ""
    scene: str = ""
    """The scene of the QR code that was scanned, without WeChat's prefix."""
    session_from: str = ""
    detail: Detail = None
    type_name: str = field(default="", compare=False)
    """MsgType as sent, for logs."""

    @property
    def shows_reply(self) -> bool:
        return self.kind is not Kind.EVENT or self.event in REPLYING_EVENTS

    @property
    def dedup_key(self) -> str:
        """The same for every delivery of this message and for no other message.

        MsgIds have collided between users, and several events share a second; so both carry more
        than the official page asks for.
        """
        if self.kind is Kind.EVENT:
            parts = [self.to_user, self.from_user, str(self.created), self.event, self.event_key, _job(self.detail)]
        else:
            parts = [self.to_user, self.from_user, str(self.created), self.msg_id]
        # The second goes first, so that new rows stand beside each other in the index.
        return f"{self.created}.{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:40]}"


def _job(detail: Detail) -> str:
    """What a report is about: several of one kind can come in one second."""
    match detail:
        case MassJob(job_id=job) | TemplateJob(job_id=job) | PublishJob(publish_id=job):
            return job
        case SubscribeChoices(items):
            return ",".join(item.template_id + item.job_id for item in items)
        case _:
            return ""
