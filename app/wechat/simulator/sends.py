"""What a follower can be told to do: one model for each kind of `send`, and what it does to the follower."""

from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, TypeAdapter

from app.wechat.simulator import events, messages
from app.wechat.simulator.followers import Follower, Interaction
from app.wechat.simulator.log import clip
from app.wechat.simulator.messages import Inbound

Short = Annotated[str, Field(max_length=2048)]
TICKET: Final = "gQFS8TwAAAAAAAAAAS5odHRwOi8vd2VpeGluLnFxLmNvbS9xL3NpbXVsYXRlZA"


class Send(BaseModel):
    """Base of them all; ``text`` stands in for the one thing that a kind is about."""

    model_config = ConfigDict(frozen=True)
    interaction: ClassVar[Interaction | None] = Interaction.MESSAGE
    needs_following: ClassVar[bool] = True
    mini: ClassVar[bool] = False
    """Said in the mini-program: another door of the service hears it."""

    def inbound(self, follower: Follower) -> Inbound:
        raise NotImplementedError

    def said(self) -> dict[str, Any]:
        """What was done, for people who look at it later: no ticket, no raw XML, nothing huge."""
        fields = self.model_dump(exclude={"ticket", "xml"})
        return {name: clip(value) if isinstance(value, str) else value for name, value in fields.items()}


class Text(Send):
    type: Literal["text"]
    text: str = Field(max_length=1_000_000)

    def inbound(self, follower: Follower) -> Inbound:
        return messages.text(self.text)


class Tap(Send):
    """Tapping a line of a menu inside a message."""

    interaction = Interaction.MENU
    type: Literal["tap"]
    text: Short
    menu_id: Short = Field("1", validation_alias=AliasChoices("menu_id", "id", "bizmsgmenuid"))

    def inbound(self, follower: Follower) -> Inbound:
        return messages.tap(self.text, self.menu_id)


class Voice(Send):
    """``text`` is what the speech recognition made of it; null where it is switched off."""

    type: Literal["voice"]
    text: str | None = Field(None, max_length=100_000, validation_alias=AliasChoices("text", "recognition"))
    media_id: Short = "voice-media-id"

    def inbound(self, follower: Follower) -> Inbound:
        return messages.voice(self.media_id, self.text)


class Image(Send):
    type: Literal["image"]
    media_id: Short = "image-media-id"
    url: Short = Field("http://mmbiz.qpic.cn/simulated/0", validation_alias=AliasChoices("url", "text"))

    def inbound(self, follower: Follower) -> Inbound:
        return messages.image(self.media_id, self.url)


class Video(Send):
    type: Literal["video"]
    media_id: Short = "video-media-id"

    def inbound(self, follower: Follower) -> Inbound:
        return messages.video(self.media_id, f"{self.media_id}-thumb")


class Location(Send):
    type: Literal["location"]
    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)
    scale: int = Field(16, ge=0, le=30)
    label: Short = Field("", validation_alias=AliasChoices("label", "text"))

    def inbound(self, follower: Follower) -> Inbound:
        return messages.location(self.latitude, self.longitude, scale=self.scale, label=self.label)


class Link(Send):
    type: Literal["link"]
    title: Short = Field(validation_alias=AliasChoices("title", "text"))
    description: Short = ""
    url: Short = "https://mp.weixin.qq.com/s/simulated"

    def inbound(self, follower: Follower) -> Inbound:
        return messages.link(self.title, self.description, self.url)


class Unknown(Send):
    """A MsgType that nobody has heard of."""

    type: Literal["unknown"]
    kind: str = Field("file", min_length=1, max_length=64, validation_alias=AliasChoices("kind", "text"))

    def inbound(self, follower: Follower) -> Inbound:
        return messages.unknown(self.kind)


class Click(Send):
    interaction = Interaction.MENU
    type: Literal["click"]
    key: Short = Field(validation_alias=AliasChoices("key", "text"))

    def inbound(self, follower: Follower) -> Inbound:
        return events.click(self.key)


class View(Send):
    interaction = Interaction.MENU
    type: Literal["view"]
    url: Short = Field(validation_alias=AliasChoices("url", "text"))
    menu_id: int = Field(1, ge=0, lt=2**63)

    def inbound(self, follower: Follower) -> Inbound:
        return events.view(self.url, self.menu_id)


class ReportLocation(Send):
    """The phone reports where it is; nobody said anything."""

    interaction = None
    type: Literal["report_location"]
    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)

    def inbound(self, follower: Follower) -> Inbound:
        return events.report_location(self.latitude, self.longitude)


class Scan(Send):
    """Scanning a QR code of the account: who does not follow it yet follows it by that."""

    interaction = Interaction.SCAN
    needs_following = False
    type: Literal["scan"]
    scene: str = Field(min_length=1, max_length=64, validation_alias=AliasChoices("scene", "text", "key"))
    ticket: Short = TICKET

    def inbound(self, follower: Follower) -> Inbound:
        if follower.following:
            return events.scan(self.scene, self.ticket)
        follower.following = True
        return events.subscribe(self.scene, self.ticket)


class Follow(Send):
    interaction = Interaction.FOLLOW
    needs_following = False
    type: Literal["follow"]
    scene: Short = ""
    ticket: Short = TICKET

    def inbound(self, follower: Follower) -> Inbound:
        follower.following = True
        return events.subscribe(self.scene, self.ticket)


class Unfollow(Send):
    interaction = None
    needs_following = False
    type: Literal["unfollow"]

    def inbound(self, follower: Follower) -> Inbound:
        follower.following = False
        return events.unsubscribe()


class Block(Send):
    """Refusing whatever the account sends, or no more; WeChat tells nobody."""

    interaction = None
    needs_following = False
    type: Literal["block"]
    on: bool = True


class MiniText(Send):
    """A message in the mini-program's customer service."""

    needs_following = False
    mini = True
    type: Literal["mini_text"]
    text: str = Field(max_length=10_000)

    def inbound(self, follower: Follower) -> Inbound:
        return messages.text(self.text)


class MiniEnter(Send):
    """Opening the mini-program's customer service."""

    interaction = None
    needs_following = False
    mini = True
    type: Literal["mini_enter"]
    text: Short = "pages/index/index"

    def inbound(self, follower: Follower) -> Inbound:
        return events.enter_mini_chat(self.text)


class SubscribePopup(Send):
    """Tapping “允许” or “不允许” where the mini-program asks whether it may write once."""

    interaction = None
    needs_following = False
    mini = True
    type: Literal["subscribe_popup"]
    template_id: str = Field(
        min_length=1, max_length=64, pattern="^[A-Za-z0-9_-]+$", validation_alias=AliasChoices("template_id", "text")
    )
    accept: bool = True

    def inbound(self, follower: Follower) -> Inbound:
        return events.choose_subscription(self.template_id, accept=self.accept)


class Raw(Send):
    """Any XML whatever, sealed and signed as it stands."""

    needs_following = False
    type: Literal["raw"]
    xml: str = Field(max_length=1_500_000, validation_alias=AliasChoices("xml", "text"))


AnySend = Annotated[
    Text
    | Tap
    | Voice
    | Image
    | Video
    | Location
    | Link
    | Unknown
    | Click
    | View
    | ReportLocation
    | Scan
    | Follow
    | Unfollow
    | Block
    | MiniText
    | MiniEnter
    | SubscribePopup
    | Raw,
    Field(discriminator="type"),
]
SEND: Final[TypeAdapter[AnySend]] = TypeAdapter(AnySend)
