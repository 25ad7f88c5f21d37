"""Taking deliveries up: who may be written to now, by which way, and what that uses up, in one unit of work."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, or_, update
from sqlmodel import Session, col, select

from app.core.clock import local
from app.messaging import late, windows
from app.messaging.delivery_models import (
    BatchState,
    Channel,
    Delivery,
    DeliveryBatch,
    State,
    SubscribeCredit,
)
from app.messaging.delivery_rules import TERMS, Message, Reach, after_quiet, choose_channel
from app.people import consents
from app.people.models import Channel as AppChannel
from app.people.models import Identity

REFUSED: Final = "本人退订了这类消息"
UNREACHABLE: Final = "没有能用的渠道，已列入电话通知名单"
SHOWN: Final = "本人已经看到了"
TOO_LATE: Final = "过了最晚发送时间"


@dataclass(frozen=True, slots=True)
class Ways:
    """What the account and the settings allow at all."""

    custom: bool = True
    templates: bool = False
    sms: bool = False


@dataclass(frozen=True, slots=True)
class Parcel:
    """A claimed delivery, ready to be sent: nothing of the database is needed any more."""

    id: int
    claim: str
    batch_id: int | None
    channel: Channel
    address: str
    message: Message
    client_id: str
    attempt: int
    is_kept: bool
    """A late answer: what cannot be sent at once is shown with the person's next message instead."""


def claim(
    session: Session, chunk_id: int, token: str, ways: Ways, *, limit: int, machine_time: int, now: datetime
) -> tuple[list[Parcel], bool]:
    """Take up to ``limit`` deliveries that are due: parcels to send, and whether there was anything to take.

    One UPDATE makes them this run's. In the same unit falls what may not go out: refused since, too late, in the quiet
    hours, over the daily cap, nowhere to send it.
    """
    open_batch = select(col(DeliveryBatch.id)).where(
        DeliveryBatch.state == BatchState.RUNNING,
        or_(col(DeliveryBatch.not_before).is_(None), col(DeliveryBatch.not_before) <= now),
    )
    due = (
        select(col(Delivery.id))
        .where(
            Delivery.chunk_id == chunk_id,
            Delivery.state == State.PENDING,
            Delivery.due_at <= now,
            or_(col(Delivery.batch_id).is_(None), col(Delivery.batch_id).in_(open_batch)),
        )
        .order_by(col(Delivery.id))
        .limit(limit)
    )
    taken = (
        update(Delivery)
        .where(col(Delivery.id).in_(due), col(Delivery.state) == State.PENDING)
        .values(
            state=State.SENDING,
            claim=token,
            attempt=Delivery.attempt + 1,
            claimed_at=now,
            claimed_machine=machine_time,
            channel=None,
        )
        .returning(col(Delivery.id))
    )
    ids = session.connection().execute(taken).scalars().all()
    if not ids:
        return [], False
    rows = session.exec(select(Delivery).where(col(Delivery.id).in_(ids)).order_by(col(Delivery.id))).all()
    desk = _Desk(session, rows, ways, now)
    parcels = [parcel for row in rows if (parcel := desk.decide(row))]
    session.flush()
    return parcels, True


class _Desk:
    """Decides claimed rows one by one, with what was looked up for all of them at once."""

    def __init__(self, session: Session, rows: Sequence[Delivery], ways: Ways, now: datetime) -> None:
        self._session = session
        self._ways = ways
        self._now = now
        people = {row.person_id for row in rows}
        self._openids, self._mini = _addresses(session, people)
        self._left = {
            Channel.CUSTOM: windows.count_left(session, self._openids, Channel.CUSTOM, now=now),
            Channel.MINI: windows.count_left(session, self._mini, Channel.MINI, now=now),
        }
        self._refusals = consents.said(session, people)
        self._today = _sent_today(session, people, rows[0].claim or "", now)
        self._batches = _batches(session, {row.batch_id for row in rows if row.batch_id is not None})

    def decide(self, row: Delivery) -> Parcel | None:
        """A parcel, or None: then the row says why not, or when."""
        if reason := self._forbidden(row):
            self._skip(row, reason)
            return None
        if TERMS[row.purpose].quiet and (later := after_quiet(self._now)) != self._now:
            self._later(row, later)
            return None
        message = self._message(row)
        reach = self._reach(row, message)
        channel = choose_channel(message, reach, row.tried, templates=self._ways.templates, sms=self._ways.sms)
        if channel is None:
            row.channel = None if row.late_key else Channel.CALL
            self._skip(row, UNREACHABLE)
            return None
        if row.late_key and row.attempt == 1 and not late.take_answer(self._session, row.late_key):
            self._skip(row, SHOWN)
            return None
        return self._take(row, message, channel)

    def _message(self, row: Delivery) -> Message:
        batch = self._batches.get(row.batch_id or 0)
        return Message(**(row.message or (batch and batch.message) or {"text": ""}))

    def _forbidden(self, row: Delivery) -> str:
        """Why it must not go out at all; empty when it may."""
        terms = TERMS[row.purpose]
        batch = self._batches.get(row.batch_id or 0)
        if batch is not None and batch.deadline_at is not None and self._now > batch.deadline_at:
            return TOO_LATE
        if terms.may_refuse and self._refused(row):
            return REFUSED
        sent = self._today.get((row.person_id, row.purpose), 0)
        if terms.daily_cap is not None and sent >= terms.daily_cap:
            return f"今天已给这个人发过{sent}条，不再打扰"
        return ""

    def _take(self, row: Delivery, message: Message, channel: Channel) -> Parcel | None:
        in_mini = channel in (Channel.SUBSCRIBE, Channel.MINI)
        address = (self._mini if in_mini else self._openids)[row.person_id]
        if channel is Channel.SUBSCRIBE and not _spend(self._session, address, message.template_id, self._now):
            row.tried = [*row.tried, channel]
            self._later(row, self._now)
            return None
        if channel in self._left:
            self._left[channel][row.person_id] -= 1
        key = row.person_id, row.purpose
        self._today[key] = self._today.get(key, 0) + 1
        row.channel = channel
        self._session.add(row)
        claim = row.claim or ""
        return Parcel(
            row.id, claim, row.batch_id, channel, address, message, row.client_id, row.attempt, bool(row.late_key)
        )

    def _refused(self, row: Delivery) -> bool:
        said = self._refusals.get((row.person_id, row.purpose))
        return said is False or (said is None and TERMS[row.purpose].needs_consent)

    def _reach(self, row: Delivery, message: Message) -> Reach:
        person = row.person_id
        mini = self._mini.get(person, "")
        credits_left = _credits(self._session, mini, message.template_id) if mini and message.template_id else 0
        custom = self._left[Channel.CUSTOM].get(person, 0) if self._ways.custom else 0
        return Reach(self._openids.get(person, ""), mini, custom, self._left[Channel.MINI].get(person, 0), credits_left)

    def _skip(self, row: Delivery, reason: str) -> None:
        row.state, row.reason, row.finished_at = State.SKIPPED, reason, self._now
        self._session.add(row)

    def _later(self, row: Delivery, due_at: datetime) -> None:
        row.state, row.due_at, row.attempt = State.PENDING, due_at, row.attempt - 1
        self._session.add(row)


def _addresses(session: Session, people: Collection[int]) -> tuple[dict[int, str], dict[int, str]]:
    """The openids of people in the account, where they follow it, and in the mini-program."""
    rows = session.exec(
        select(Identity.person_id, Identity.channel, Identity.openid).where(
            col(Identity.person_id).in_(people), col(Identity.unfollowed_at).is_(None)
        )
    ).all()
    account = {person: openid for person, channel, openid in rows if channel == AppChannel.OFFICIAL_ACCOUNT}
    mini = {person: openid for person, channel, openid in rows if channel == AppChannel.MINI_PROGRAM}
    return account, mini


def _sent_today(session: Session, people: Collection[int], claim_: str, now: datetime) -> dict[tuple[int, str], int]:
    """By person and purpose; what is just being sent counts too, but for what this claim itself has taken."""
    midnight = local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    spent = (
        col(Delivery.state).in_((State.SENDING, State.SENT, State.UNKNOWN)),
        col(Delivery.claimed_at) >= midnight,
        col(Delivery.claim) != claim_,
    )
    rows = session.exec(
        select(Delivery.person_id, Delivery.purpose, func.count())
        .where(col(Delivery.person_id).in_(people), *spent)
        .group_by(col(Delivery.person_id), col(Delivery.purpose))
    )
    return {(person, purpose): count for person, purpose, count in rows}


def _batches(session: Session, ids: Collection[int]) -> Mapping[int, DeliveryBatch]:
    if not ids:
        return {}
    return {batch.id: batch for batch in session.exec(select(DeliveryBatch).where(col(DeliveryBatch.id).in_(ids)))}


def _credits(session: Session, openid: str, template_id: str) -> int:
    credit = session.get(SubscribeCredit, (openid, template_id))
    return 0 if credit is None or credit.refused else credit.credits


def _spend(session: Session, openid: str, template_id: str, now: datetime) -> bool:
    """Use one credit up. False when another process was quicker."""
    some = (
        SubscribeCredit.openid == openid,
        SubscribeCredit.template_id == template_id,
        SubscribeCredit.credits > 0,
    )
    spent = update(SubscribeCredit).where(*some).values(credits=SubscribeCredit.credits - 1, updated_at=now)  # type: ignore[arg-type]
    return session.connection().execute(spent).rowcount == 1
