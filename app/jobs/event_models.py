"""招聘会 and 培训班 as one kind of event, and who has registered for one."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel


class EventKind(StrEnum):
    JOB_FAIR = "job_fair"  # 招聘会
    TRAINING = "training"  # 培训班


class EventState(StrEnum):
    OPEN = "open"  # 照常办
    CANCELLED = "cancelled"  # 取消


class RegistrationState(StrEnum):
    REGISTERED = "registered"  # 已报名
    CANCELLED = "cancelled"  # 已取消


class Notice(StrEnum):
    """What a registered person is still to be told."""

    REMINDER = "reminder"  # 前一天提醒
    CHANGED = "changed"  # 时间、地点有变动
    CANCELLED = "cancelled"  # 不办了


class Event(SQLModel, table=True):
    """One job fair or one class. Empty text and null mean that the bureau has not said."""

    __table_args__ = (Index("ix_event_starts_at", "starts_at", "id"),)

    id: int = Field(default=None, primary_key=True)
    external_id: str | None = Field(default=None, max_length=60, unique=True)
    """The sender's own key: importing it again changes this row."""
    kind: str = Field(max_length=10)
    title: str = Field(max_length=60)
    trade: str = Field(default="", max_length=40)
    """What a class teaches, or whom a fair is about."""
    starts_at: datetime
    ends_at: datetime | None = None
    place: str = Field(max_length=60)
    address: str = Field(default="", max_length=120)
    province: str = Field(default="", max_length=20)
    city: str = Field(default="", max_length=20)
    district: str = Field(default="", max_length=20)
    township: str = Field(default="", max_length=20)
    """These four by their short names, without 省, 市, 镇."""
    latitude: float | None = None
    longitude: float | None = None
    capacity: int | None = None
    """Places; null for as many as come."""
    what_to_bring: str = Field(default="", max_length=200)
    who_for: str = Field(default="", max_length=100)
    fee: str = Field(default="", max_length=60)
    """In words: 免费."""
    contact: str = Field(default="", max_length=40)
    phone: str = Field(default="", max_length=60)
    description: str = Field(default="", sa_column=Column(Text, nullable=False))
    state: str = Field(default=EventState.OPEN, max_length=10)
    created_at: datetime


class EventRegistration(SQLModel, table=True):
    """One person at one event. What they are still to be told is an order of the engine: due at ``notice_at``."""

    __tablename__ = "event_registration"
    __table_args__ = (UniqueConstraint("event_id", "person_id"),)

    id: int = Field(default=None, primary_key=True)
    event_id: int = Field(foreign_key="event.id")
    person_id: int = Field(foreign_key="person.id", index=True)
    state: str = Field(max_length=10)
    registered_at: datetime
    cancelled_at: datetime | None = None
    notice: str | None = Field(default=None, max_length=10)
    notice_at: datetime | None = Field(default=None, index=True)
    """Null when there is nothing to tell."""
    attempt: int = 0
    delivery_id: int | None = None
    """What they were told last; withdrawn, if it has not left yet, once it is no longer true."""
