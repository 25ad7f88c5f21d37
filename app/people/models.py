"""Who writes to us: a person, the openids WeChat knows them by, what they let in and what they agreed to."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, Text, UniqueConstraint
from sqlmodel import Field, SQLModel


class Channel(StrEnum):
    """Where an openid is valid: the same human has another one in each app."""

    OFFICIAL_ACCOUNT = "official_account"  # 公众号
    MINI_PROGRAM = "mini_program"  # 小程序


class Person(SQLModel, table=True):
    """A citizen, as far as we know them."""

    # SQLite would give the number of who was deleted to the next newcomer, and with it whatever still points there.
    __table_args__ = {"sqlite_autoincrement": True}

    id: int = Field(default=None, primary_key=True)
    created_at: datetime
    township: str | None = Field(default=None, max_length=20)
    """Where they are at home, as they told: a township of the county."""


class Identity(SQLModel, table=True):
    """One openid of one person. Joined to others by unionid or a one-time token, never by a typed phone number."""

    __table_args__ = (UniqueConstraint("channel", "openid"),)

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    channel: str = Field(max_length=20)
    openid: str = Field(max_length=64)
    unionid: str | None = Field(default=None, max_length=64, index=True)
    unfollowed_at: datetime | None = None
    """Since when they do not follow the account any more: nothing can reach them there."""


class PersonSession(SQLModel, table=True):
    """A mini-program that is signed in. The token itself is nowhere: only its hash. All by the machine's clock."""

    __tablename__ = "person_session"

    token_hash: str = Field(primary_key=True, max_length=64)
    person_id: int = Field(foreign_key="person.id", index=True)
    created_at: datetime
    expires_at: datetime = Field(index=True)
    revoked_at: datetime | None = None


class LinkToken(SQLModel, table=True):
    """Handed out in the chat, brought back by the mini-program: both are the same human. Once, within minutes of the
    machine's clock."""

    __tablename__ = "link_token"

    token_hash: str = Field(primary_key=True, max_length=64)
    person_id: int = Field(foreign_key="person.id", index=True)
    expires_at: datetime = Field(index=True)
    used_at: datetime | None = None


class Consent(SQLModel, table=True):
    """What somebody said to a purpose; the newest counts, the older ones prove what held before."""

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    purpose: str = Field(max_length=20)
    version: int
    """Of the text that they saw."""
    text_hash: str = Field(max_length=64)
    granted: bool
    channel: str = Field(max_length=20)
    at: datetime


class IdempotencyKey(SQLModel, table=True):
    """The answer to a write that made something, given again to the same key with the same body."""

    __tablename__ = "idempotency_key"

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    key: str = Field(primary_key=True, max_length=80)
    digest: str = Field(max_length=64)
    """Of method, path and body."""
    status: int
    body: str = Field(sa_column=Column(Text, nullable=False))
    created_at: datetime = Field(index=True)
    """By the machine's clock: a retry is of the wire, not of the calendar."""
