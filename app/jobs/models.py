"""Jobs as they are kept, where they came from, and what people do with them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel


class JobState(StrEnum):
    """How far a job is. Only a published one that has not expired is ever shown."""

    STORED = "stored"  # 已导入，待发布
    HELD = "held"  # 待复核
    PUBLISHED = "published"  # 已发布
    REJECTED = "rejected"  # 退回
    CLOSED = "closed"  # 下架


class Job(SQLModel, table=True):
    """One opening at one employer in one place, however many lists name it."""

    __table_args__ = (Index("ix_job_state", "state", "version"),)

    id: int = Field(default=None, primary_key=True)
    fingerprint: str = Field(max_length=64, unique=True)
    """Of employer, title, place and pay: two rows with the same are one job."""
    external_id: str = Field(default="", max_length=60, index=True)
    state: str = Field(max_length=10)
    version: int = 1
    """Raised by every change: how a running service sees that something is new."""
    title: str = Field(max_length=100)
    employer: str = Field(max_length=100, index=True)
    province: str = Field(default="", max_length=20)
    city: str = Field(default="", max_length=20)
    district: str = Field(default="", max_length=20)
    township: str = Field(default="", max_length=20)
    """Within the home county; where none is told, empty."""
    trade: str = Field(default="", max_length=40)
    """The name of the trade list, or what the sender wrote where the list has none."""
    headcount: int | None = None
    salary_min_fen: int | None = None
    salary_max_fen: int | None = None
    salary_unit: str = Field(default="", max_length=4)
    """月, 日, 时 or 件."""
    benefits: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    flags: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """What of `intents/lexicon/flags.yaml` its text promises: 包住, 不上夜班 …"""
    age_min: int | None = None
    age_max: int | None = None
    legal_basis: str = Field(default="", max_length=200)
    """Why a limit of age or sex may stand: without one no limit counts."""
    education: str = Field(default="", max_length=100)
    experience: str = Field(default="", max_length=200)
    shift: str = Field(default="", max_length=100)
    board_lodging: str = Field(default="", max_length=200)
    contact_name: str = Field(default="", max_length=60)
    contact_phone: str = Field(default="", max_length=60)
    description: str = Field(default="", sa_column=Column(Text, nullable=False))
    workshop: bool = False
    """In a 就业帮扶车间."""
    reasons: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """What the lawful-ad check said: rule, field, message."""
    posted_at: date | None = None
    expires_at: date | None = None
    checked_at: datetime
    """When the check, or a member of staff, last looked at it."""
    published_at: datetime | None = None
    created_at: datetime


class JobSource(SQLModel, table=True):
    """A list that named the job: one job may stand in several."""

    __tablename__ = "job_source"
    __table_args__ = (UniqueConstraint("job_id", "name", "external_id"),)

    id: int = Field(default=None, primary_key=True)
    job_id: int = Field(foreign_key="job.id")
    name: str = Field(max_length=100)
    """What the sender calls it, or the file's name."""
    external_id: str = Field(default="", max_length=60)
    at: datetime


class JobFile(SQLModel, table=True):
    """A file that was imported, by what is in it: the same one twice is noticed."""

    __tablename__ = "job_file"

    digest: str = Field(primary_key=True, max_length=64)
    name: str = Field(max_length=200)
    rows: int
    at: datetime


class JobPreference(SQLModel, table=True):
    """What somebody wants of a job, as they told it."""

    __tablename__ = "job_preference"

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    want: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """`Want` as JSON."""
    pushes: str = Field(default="", max_length=10)
    """How often they asked to be told: daily, at_once, or not at all."""
    updated_at: datetime


class SavedJob(SQLModel, table=True):
    """A job somebody put aside."""

    __tablename__ = "saved_job"

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    job_id: int = Field(primary_key=True, foreign_key="job.id")
    at: datetime


class JobApplication(SQLModel, table=True):
    """Somebody wants this job and was given the number to call."""

    __tablename__ = "job_application"
    __table_args__ = (UniqueConstraint("person_id", "job_id"),)

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    job_id: int = Field(foreign_key="job.id", index=True)
    at: datetime


class JobReport(SQLModel, table=True):
    """Somebody says that an advertisement is false."""

    __tablename__ = "job_report"
    __table_args__ = (UniqueConstraint("person_id", "job_id"),)

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    job_id: int = Field(foreign_key="job.id", index=True)
    text: str = Field(default="", max_length=500)
    at: datetime


class JobPush(SQLModel, table=True):
    """A job that was sent to a person, and why: never the same one twice."""

    __tablename__ = "job_push"
    __table_args__ = (UniqueConstraint("job_id", "person_id"),)

    id: int = Field(default=None, primary_key=True)
    job_id: int = Field(foreign_key="job.id")
    person_id: int = Field(foreign_key="person.id", index=True)
    reasons: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    delivery_id: int
    at: datetime


class PushRound(SQLModel, table=True):
    """One round of telling people about new jobs: an order of the engine."""

    __tablename__ = "push_round"
    __table_args__ = (UniqueConstraint("kind", "day"), Index("ix_push_round_open", "done", "due_at"))

    id: int = Field(default=None, primary_key=True)
    kind: str = Field(max_length=10)
    """daily, or at_once."""
    day: str = Field(max_length=30)
    """The day it is for; of an at_once round, the job's number it was made for."""
    due_at: datetime
    attempt: int = 0
    after_person: int = 0
    """People up to this number have been told."""
    done: bool = False
