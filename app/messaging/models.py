"""What was said to us and what we answered: the rows that make an effect happen once."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index, Text
from sqlmodel import Field, SQLModel


class InboundMessage(SQLModel, table=True):
    """A delivery. The first of a message commits together with its effect and its reply.

    Every further one leaves a row too, under a key of its own, so that no address line (signature) can
    come back with another body.
    """

    __tablename__ = "inbound_message"
    __table_args__ = (Index("ix_inbound_message_openid", "openid", "received_at"),)

    dedup_key: str = Field(primary_key=True, max_length=100)
    signature: str | None = Field(default=None, max_length=40, unique=True)
    """Of the address line: one per (token, timestamp, nonce). None where nobody delivered."""
    digest: str = Field(max_length=64)
    openid: str = Field(max_length=64)
    received_at: datetime
    intent: str = Field(max_length=80)
    """What it was taken for; ``repeat`` for a further delivery, ``late`` while “please wait” is all that was said."""
    reply: str = Field(sa_column=Column(Text, nullable=False))
    """The passive reply's XML, given again to every further delivery; empty where none is shown."""
    opens: str = Field(default="", max_length=10)
    """The window for customer-service messages that it opens (`windows.what_opens`); empty for none."""


class Dialogue(SQLModel, table=True):
    """The open end of a conversation. Every turn raises ``version``, so two cannot both continue from the same."""

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    version: int
    state: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    updated_at: datetime


class LateAnswer(SQLModel, table=True):
    """A message whose answer was not ready in time, and the answer until the person has seen it."""

    __tablename__ = "late_answer"

    dedup_key: str = Field(primary_key=True, max_length=64)
    openid: str = Field(max_length=64, index=True)
    message: str = Field(sa_column=Column(Text, nullable=False))
    """The message as it came, so that another process can finish it; emptied once answered."""
    answer: str | None = Field(default=None, sa_column=Column(Text))
    begun_at: int
    """Machine's clock, seconds since 1970: after a while without answer somebody else may finish it."""


class InboxItem(SQLModel, table=True):
    """A matter that a citizen wants a human to see. One open item a person; what they add is added to it."""

    __tablename__ = "inbox_item"
    # Staff call it by its number: that of a deleted one must never mean somebody else.
    __table_args__ = {"sqlite_autoincrement": True}

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    text: str = Field(sa_column=Column(Text, nullable=False))
    """Their words, ID and phone numbers masked; empty while they have only called."""
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None = Field(default=None, index=True)


class Outcome(StrEnum):
    """What became of a question that was not answered at once."""

    UNANSWERED = "unanswered"  # 没听懂
    NOT_IN_MENU = "not_in_menu"  # 给了几个选项，都不是
    CHOSEN = "chosen"  # 从选项里选了一个


class MissedQuestion(SQLModel, table=True):
    """A sentence that the bot could not answer at once, without its sender."""

    __tablename__ = "missed_question"

    id: int = Field(default=None, primary_key=True)
    text: str = Field(sa_column=Column(Text, nullable=False))
    """Their words, ID and phone numbers masked."""
    outcome: str = Field(max_length=20)
    intent: str = Field(max_length=80)
    """What was picked from the menu; empty for nothing."""
    asked_at: datetime = Field(index=True)
