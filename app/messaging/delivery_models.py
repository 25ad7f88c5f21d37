"""What goes out without being asked for: one row for every recipient, and the row says what became of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel


class Purpose(StrEnum):
    """Why somebody is written to. Decides what they may refuse, and when it may go out (`rules.TERMS`)."""

    ANSWER = "answer"  # 回话：晚到的回答、工作人员的回复
    TRAVEL = "travel"  # 出行通知：订座、改签、提醒
    EVENT = "event"  # 招聘会、培训班：报名的人要知道的提醒、变动、取消
    JOB_PUSH = "job_push"  # 岗位推送
    NEWS = "news"  # 群发通知


class Channel(StrEnum):
    """How it reaches them, the first that can be had."""

    CUSTOM = "custom"  # 客服消息
    MINI = "mini"  # 小程序客服消息
    SUBSCRIBE = "subscribe"  # 订阅通知（小程序）
    TEMPLATE = "template"  # 模板消息（服务号）
    SMS = "sms"  # 短信
    CALL = "call"  # 村干部电话通知


class State(StrEnum):
    PENDING = "pending"  # 待发
    SENDING = "sending"  # 正在发
    SENT = "sent"  # 已发
    FAILED = "failed"  # 没发成
    SKIPPED = "skipped"  # 不发：退订、没有渠道
    UNKNOWN = "unknown"  # 说不准，不自动重发


class BatchState(StrEnum):
    RUNNING = "running"  # 在发
    PAUSED = "paused"  # 暂停
    CANCELLED = "cancelled"  # 取消


class DeliveryBatch(SQLModel, table=True):
    """One thing said to many. Whether it is done, its deliveries tell."""

    __tablename__ = "delivery_batch"

    id: int = Field(default=None, primary_key=True)
    title: str = Field(max_length=100)
    purpose: str = Field(max_length=20)
    message: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """What everybody gets who has no message of their own."""
    state: str = Field(max_length=20)
    paused_because: str | None = Field(default=None, max_length=200)
    not_before: datetime | None = None
    """While a quota of WeChat's is used up."""
    deadline_at: datetime | None = None
    """What has not gone out by then is not sent any more: yesterday's news helps nobody."""
    created_at: datetime
    created_by: str = Field(max_length=60)
    """The clerk's name, or the part of the service that ordered it."""


class DeliveryChunk(SQLModel, table=True):
    """The order: some hundred recipients of a batch, or one person. Each run of it raises ``attempt``."""

    __tablename__ = "delivery_chunk"
    __table_args__ = (Index("ix_delivery_chunk_open", "done", "due_at"),)

    id: int = Field(default=None, primary_key=True)
    batch_id: int | None = Field(default=None, foreign_key="delivery_batch.id", index=True)
    lane: str = Field(max_length=10)
    attempt: int
    due_at: datetime
    done: bool


class Delivery(SQLModel, table=True):
    """One recipient of one message."""

    __table_args__ = (
        UniqueConstraint("batch_id", "person_id"),
        Index("ix_delivery_chunk_state", "chunk_id", "state"),
        Index("ix_delivery_person", "person_id", "claimed_at"),
    )

    id: int = Field(default=None, primary_key=True)
    batch_id: int | None = Field(default=None, foreign_key="delivery_batch.id")
    chunk_id: int = Field(foreign_key="delivery_chunk.id")
    person_id: int = Field(foreign_key="person.id")
    purpose: str = Field(max_length=20)
    message: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """`Message` as JSON; None for the batch's."""
    state: str = Field(max_length=10)
    due_at: datetime
    attempt: int = 0
    channel: str | None = Field(default=None, max_length=10)
    """Chosen when it was last claimed."""
    tried: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Channels that refused for good."""
    client_id: str = Field(max_length=32, unique=True)
    """The same for every try: where WeChat knows it, a repeat is one message."""
    claim: str | None = Field(default=None, max_length=60)
    """The run that has taken it up: only this one may say how it ended."""
    claimed_at: datetime | None = None
    """By our clock: quotas and caps are counted by it."""
    claimed_machine: int = 0
    """By the machine's: how long WeChat still knows the client id."""
    errcode: int | None = None
    reason: str | None = Field(default=None, max_length=200)
    """Why it is not sent, in words for staff."""
    provider_id: str | None = Field(default=None, max_length=64)
    created_at: datetime
    finished_at: datetime | None = None
    late_key: str | None = Field(default=None, max_length=64)
    """Of the late answer that this is: shown by whichever comes first, this or the person's next message."""


class SubscribeCredit(SQLModel, table=True):
    """How often a person has still allowed one template to reach them."""

    __tablename__ = "subscribe_credit"

    openid: str = Field(primary_key=True, max_length=64)
    template_id: str = Field(primary_key=True, max_length=64)
    credits: int
    refused: bool = False
    """They switched it off altogether."""
    updated_at: datetime
