"""Who writes to us: a person, and the openids WeChat knows them by."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel


class Channel(StrEnum):
    """Where an openid is valid: the same human has another one in each app."""

    OFFICIAL_ACCOUNT = "official_account"  # 公众号
    MINI_PROGRAM = "mini_program"  # 小程序


class Person(SQLModel, table=True):
    """A citizen, as far as we know them."""

    id: int = Field(default=None, primary_key=True)
    created_at: datetime


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
