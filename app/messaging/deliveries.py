"""The delivery ledger: ordering, claiming and settling what goes out. Every change of a row is compare-and-set."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import Any, Final

from sqlalchemy import Select, String, cast, delete, exists, func, insert, literal, or_, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from app.core.errors import Conflict, Invalid, NotFound
from app.engine.orders import Backlog, Lane, Order
from app.messaging import late
from app.messaging.delivery_models import (
    BatchState,
    Channel,
    Delivery,
    DeliveryBatch,
    DeliveryChunk,
    Purpose,
    State,
)
from app.messaging.delivery_rules import BREAKER_LAST as LAST
from app.messaging.delivery_rules import KNOWN_BY_WECHAT, Message, breaks
from app.people.models import Channel as AppChannel
from app.people.models import Identity, Person

TASK: Final = "delivery"
"""The engine's name for our orders."""
KEPT_DAYS: Final = 180
"""Days that a delivery is kept after it was ordered."""
CHUNK: Final = 200
"""Recipients of one order."""
IDEMPOTENT: Final = ("template",)
"""Channels on which WeChat knows our client id: a repeat is one message."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one claimed delivery."""

    id: int
    claim: str
    state: State
    errcode: int | None = None
    reason: str = ""
    provider_id: str = ""
    due_at: datetime | None = None
    """For PENDING: when to try again."""
    refused: str = ""
    """The channel that is closed for good: the next try takes another one."""
    counts: bool = True
    """Whether it was a try; a used-up quota is none."""


# --- ordering: in the unit of work of the cause ---


def push(
    session: Session,
    person_id: int,
    message: Message,
    purpose: Purpose,
    *,
    now: datetime,
    due_at: datetime | None = None,
    late_key: str | None = None,
) -> int:
    """Order one message to one person. Returns the delivery's id."""
    due_at = due_at or now
    chunk = DeliveryChunk(lane=Lane.REPLY, attempt=0, due_at=due_at, done=False)
    session.add(chunk)
    session.flush()
    row = _row(None, chunk.id, message, purpose, now, due_at) | {"person_id": person_id, "late_key": late_key}
    return int(session.connection().execute(insert(Delivery).values(row).returning(col(Delivery.id))).scalar_one())


def withdraw(session: Session, ids: Select[Any] | Sequence[int], because: str, *, now: datetime) -> int:
    """What has not left yet is not sent any more: it is no longer true. Returns how many."""
    waiting = col(Delivery.id).in_(ids), col(Delivery.state) == State.PENDING
    skipped = {"state": State.SKIPPED, "reason": because, "finished_at": now}
    return int(session.connection().execute(update(Delivery).where(*waiting).values(skipped)).rowcount)


def open_batch(
    session: Session,
    title: str,
    purpose: Purpose,
    *,
    created_by: str,
    now: datetime,
    message: Message | None = None,
    deadline_at: datetime | None = None,
    paused: bool = False,
) -> DeliveryBatch:
    """Begin to order one thing to many: ``message`` for everybody who gets none of their own."""
    batch = DeliveryBatch(
        title=title,
        purpose=purpose,
        message=message.as_json() if message else None,
        state=BatchState.PAUSED if paused else BatchState.RUNNING,
        paused_because="还没开始" if paused else None,
        created_at=now,
        created_by=created_by,
        deadline_at=deadline_at,
    )
    session.add(batch)
    session.flush()
    return batch


def add_recipients(
    session: Session,
    batch: DeliveryBatch,
    people: Iterable[int],
    *,
    now: datetime,
    message_for: Callable[[int], Message] | None = None,
    due_at: datetime | None = None,
) -> int:
    """Put people into a batch, each once, however often they are named; in chunks. Returns how many.

    One call writes what one unit of work may: give it a few hundred people at a time.
    """
    wanted, count, due_at = list(dict.fromkeys(people)), 0, due_at or now
    for start in range(0, len(wanted), CHUNK):
        chunk = DeliveryChunk(batch_id=batch.id, lane=Lane.BULK, attempt=0, due_at=due_at, done=False)
        session.add(chunk)
        session.flush()
        part = wanted[start : start + CHUNK]
        fresh = _insert_all(session, _row(batch.id, chunk.id, None, Purpose(batch.purpose), now, due_at), part)
        if message_for is not None:
            for person in part:
                own = Delivery.chunk_id == chunk.id, Delivery.person_id == person
                session.connection().execute(update(Delivery).where(*own).values(message=message_for(person).as_json()))  # type: ignore[arg-type]
        if not fresh:
            session.delete(chunk)
        count += fresh
    return count


def _insert_all(session: Session, row: dict[str, Any], people: Sequence[int]) -> int:
    """One INSERT … SELECT for everybody who is not in the batch yet. Returns how many."""
    types = Delivery.__table__.c  # type: ignore[attr-defined]
    same = [literal(value, types[name].type).label(name) for name, value in row.items() if name != "client_id"]
    client_id = literal(f"{token_hex(8)}-").concat(cast(col(Person.id), String))
    there = exists().where(col(Delivery.batch_id) == row["batch_id"], col(Delivery.person_id) == col(Person.id))
    fresh = col(Person.id).in_(people), ~there
    source = sa_select(*same, col(Person.id), client_id).where(*fresh).order_by(col(Person.id))
    names = [*(label.name for label in same), "person_id", "client_id"]
    statement = insert(Delivery).from_select(names, source).inline().execution_options(preserve_rowcount=True)
    return int(session.connection().execute(statement).rowcount)


def _row(
    batch_id: int | None,
    chunk_id: int,
    message: Message | None,
    purpose: Purpose,
    now: datetime,
    due_at: datetime,
) -> dict[str, Any]:
    """A new delivery, but for whom."""
    return {
        "batch_id": batch_id,
        "chunk_id": chunk_id,
        "purpose": purpose,
        "message": message.as_json() if message else None,
        "state": State.PENDING,
        "due_at": due_at,
        "attempt": 0,
        "tried": [],
        "client_id": token_hex(16),
        "claimed_machine": 0,
        "created_at": now,
    }


# --- what the engine asks ---


def _open_chunks(now: datetime) -> tuple[Any, ...]:
    """Chunks with something to do now, of no batch or of one that runs."""
    running = select(col(DeliveryBatch.id)).where(
        DeliveryBatch.state == BatchState.RUNNING,
        or_(col(DeliveryBatch.not_before).is_(None), col(DeliveryBatch.not_before) <= now),
    )
    return (
        col(DeliveryChunk.done).is_(False),
        col(DeliveryChunk.due_at) <= now,
        or_(col(DeliveryChunk.batch_id).is_(None), col(DeliveryChunk.batch_id).in_(running)),
    )


def list_due(session: Session, now: datetime, limit: int) -> Sequence[Order]:
    """Replies before bulk, then the oldest."""
    wanted = select(DeliveryChunk.id, DeliveryChunk.attempt, DeliveryChunk.lane).where(*_open_chunks(now))
    order = col(DeliveryChunk.lane).desc(), col(DeliveryChunk.due_at), col(DeliveryChunk.id)
    rows = session.exec(wanted.order_by(*order).limit(limit))
    return [Order(TASK, str(key), attempt, Lane(lane)) for key, attempt, lane in rows]


def count_due(session: Session, now: datetime) -> Backlog:
    found = session.exec(select(func.count(), func.min(DeliveryChunk.due_at)).where(*_open_chunks(now))).one()
    return Backlog(found[0], found[1])


def put_off(session: Session, order: Order, due_at: datetime) -> None:
    """The run failed as a whole: another one, a little later."""
    _advance(session, order, {"due_at": due_at})


def _advance(session: Session, order: Order, values: Mapping[str, Any]) -> bool:
    same = DeliveryChunk.id == int(order.key), DeliveryChunk.attempt == order.attempt
    statement = update(DeliveryChunk).where(*same).values(attempt=order.attempt + 1, **values)  # type: ignore[arg-type]
    return session.connection().execute(statement).rowcount == 1


def begin_run(session: Session, order: Order, *, machine_time: int, now: datetime) -> Lane | None:
    """The lane of a run that is to go on, None for one that is not; what a run that died had in hand is sorted out.

    Where WeChat knows the client id it is sent again under the same one, while it still knows it. Anywhere else
    nobody can tell whether the person has it: UNKNOWN, and never sent again by itself.
    """
    chunk = session.get(DeliveryChunk, int(order.key))
    if chunk is None or chunk.done or chunk.attempt != order.attempt:
        return None
    in_hand = Delivery.chunk_id == chunk.id, Delivery.state == State.SENDING
    known = col(Delivery.channel).in_(IDEMPOTENT), col(Delivery.claimed_machine) > machine_time - KNOWN_BY_WECHAT
    connection = session.connection()
    connection.execute(update(Delivery).where(*in_hand, *known).values(state=State.PENDING, due_at=now))  # type: ignore[arg-type]
    lost = {"state": State.UNKNOWN, "reason": "发送时程序中断，不知道对方收到没有", "finished_at": now}
    connection.execute(update(Delivery).where(*in_hand).values(**lost))  # type: ignore[arg-type]
    return Lane(chunk.lane)


def end_run(session: Session, order: Order, *, now: datetime) -> None:
    """Close the chunk, or make it due when its next delivery is."""
    pending = Delivery.chunk_id == int(order.key), Delivery.state == State.PENDING
    due_at = session.exec(select(func.min(Delivery.due_at)).where(*pending)).one()
    _advance(session, order, {"due_at": due_at} if due_at else {"done": True})


def settle(session: Session, found: Sequence[Settled], *, now: datetime) -> int:
    """Write down how claimed deliveries ended, each only for the run that has claimed it. Returns how many it was."""
    settled = 0
    for one in found:
        row = session.get(Delivery, one.id)
        if row is None or row.claim != one.claim or row.state not in (State.SENDING, State.UNKNOWN):
            continue
        if row.state == State.UNKNOWN and one.state != State.SENT:
            continue  # it was given up meanwhile; only a certain “sent” says more
        settled += 1
        row.state, row.errcode, row.reason = one.state, one.errcode, one.reason[:200] or None
        row.provider_id = one.provider_id or row.provider_id
        if one.refused:
            row.tried = [*row.tried, one.refused]
        if not one.counts:
            row.attempt -= 1
        if one.state == State.PENDING:
            row.due_at = one.due_at or now
        else:
            row.finished_at = now
            if one.state in (State.FAILED, State.SKIPPED) and row.late_key:
                _give_back(session, row)
        session.add(row)
        session.flush()
        if one.state in (State.FAILED, State.UNKNOWN) and row.batch_id is not None:
            _break_circuit(session, row.batch_id)
    return settled


def _give_back(session: Session, row: Delivery) -> None:
    account = Identity.person_id == row.person_id, Identity.channel == AppChannel.OFFICIAL_ACCOUNT
    openid = session.exec(select(Identity.openid).where(*account)).first()
    if row.late_key and row.message and openid:
        late.give_back(session, row.late_key, openid, str(row.message["text"]))


def _break_circuit(session: Session, batch_id: int) -> None:
    ended = Delivery.batch_id == batch_id, col(Delivery.state).in_((State.SENT, State.FAILED, State.UNKNOWN))
    newest = col(Delivery.finished_at).desc(), col(Delivery.id).desc()
    states = session.exec(select(Delivery.state).where(*ended).order_by(*newest).limit(LAST)).all()
    if breaks(sum(state != State.SENT for state in states), len(states)):
        stop(session, batch_id, because="失败太多，系统自己暂停了；请看失败原因，改好后再继续")


# --- what staff do ---


def stop(session: Session, batch_id: int, *, because: str) -> bool:
    """Pause a running batch; within a second nothing more of it goes out."""
    running = DeliveryBatch.id == batch_id, DeliveryBatch.state == BatchState.RUNNING
    paused = update(DeliveryBatch).where(*running).values(state=BatchState.PAUSED, paused_because=because)  # type: ignore[arg-type]
    return session.connection().execute(paused).rowcount == 1


def hold_until(session: Session, batch_id: int, until: datetime) -> None:
    """A quota is used up: the whole batch waits until WeChat counts anew."""
    later = update(DeliveryBatch).where(col(DeliveryBatch.id) == batch_id).values(not_before=until)
    session.connection().execute(later)


def get_batch(session: Session, batch_id: int) -> DeliveryBatch:
    """Raises NotFound."""
    batch = session.get(DeliveryBatch, batch_id)
    if batch is None:
        raise NotFound(f"没有第{batch_id}号发送任务，可用 yanlu deliveries list 查看。")
    return batch


def pause(session: Session, batch_id: int, *, by: str) -> None:
    """Raises NotFound, Conflict when it does not run."""
    get_batch(session, batch_id)
    if not stop(session, batch_id, because=f"{by}暂停"):
        raise Conflict(f"第{batch_id}号发送任务现在没有在发，不用暂停。")


def resume(session: Session, batch_id: int) -> None:
    """Raises NotFound, Conflict when it is not paused."""
    batch = get_batch(session, batch_id)
    if batch.state != BatchState.PAUSED:
        raise Conflict(f"第{batch_id}号发送任务没有暂停，不用继续。")
    batch.state, batch.paused_because, batch.not_before = BatchState.RUNNING, None, None
    session.add(batch)


def retry_failed(session: Session, batch_id: int, *, now: datetime, limit: int = CHUNK) -> int:
    """Order the failed ones of a batch once more, and nothing else; at most ``limit``. Returns how many.

    Unknown ones stay: those people may have it. Raises NotFound.
    """
    batch = get_batch(session, batch_id)
    failed = Delivery.batch_id == batch.id, Delivery.state == State.FAILED
    ids = session.exec(select(Delivery.id).where(*failed).order_by(col(Delivery.id)).limit(limit)).all()
    if not ids:
        return 0
    chunk = DeliveryChunk(batch_id=batch.id, lane=Lane.BULK, attempt=0, due_at=now, done=False)
    session.add(chunk)
    session.flush()
    fresh = {"state": State.PENDING, "chunk_id": chunk.id, "due_at": now, "attempt": 0, "tried": [], "reason": None}
    again = col(Delivery.id).in_(ids), col(Delivery.state) == State.FAILED
    return int(session.connection().execute(update(Delivery).where(*again).values(fresh)).rowcount)


@dataclass(frozen=True, slots=True)
class BatchFigures:
    batch: DeliveryBatch
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def list_batches(session: Session, *, limit: int = 50) -> list[BatchFigures]:
    """Newest first, each counted from its deliveries."""
    batches = session.exec(select(DeliveryBatch).order_by(col(DeliveryBatch.id).desc()).limit(limit)).all()
    return [BatchFigures(batch, count_states(session, batch.id)) for batch in batches]


def count_states(session: Session, batch_id: int) -> dict[str, int]:
    rows = session.exec(
        select(Delivery.state, func.count()).where(Delivery.batch_id == batch_id).group_by(Delivery.state)
    )
    return {state.value: 0 for state in State} | dict(rows.all())


def forget_deliveries(session: Session, *, created_before: datetime) -> int:
    """Delete what came to an end long ago, at most 200 a call; the batch keeps its title. Returns how many went."""
    ended = col(Delivery.state).not_in((State.PENDING, State.SENDING)), col(Delivery.created_at) < created_before
    oldest = select(col(Delivery.id)).where(*ended).order_by(col(Delivery.id)).limit(200)
    connection = session.connection()
    gone = connection.execute(delete(Delivery).where(col(Delivery.id).in_(oldest))).rowcount
    if not gone:
        used = select(col(Delivery.chunk_id))
        empty = col(DeliveryChunk.done).is_(True), col(DeliveryChunk.id).not_in(used)
        connection.execute(delete(DeliveryChunk).where(*empty))
    return int(gone)


def list_calls(session: Session, batch_id: int) -> Sequence[tuple[int, str | None]]:
    """Whom nothing could reach, for the village cadre to call: (person, township). Raises NotFound."""
    get_batch(session, batch_id)
    unreached = Delivery.batch_id == batch_id, Delivery.state == State.SKIPPED, Delivery.channel == Channel.CALL
    people = select(Person.id, Person.township).join(Delivery, col(Delivery.person_id) == col(Person.id))
    return session.exec(people.where(*unreached).order_by(col(Person.township), col(Person.id))).all()


def after_restore(session: Session, *, now: datetime) -> None:
    """A database from a backup does not know what went out since: in flight becomes unknown, the rest waits for a
    person."""
    lost = {"state": State.UNKNOWN, "reason": "恢复备份时正在发，不知道对方收到没有", "finished_at": now}
    connection = session.connection()
    connection.execute(update(Delivery).where(col(Delivery.state) == State.SENDING).values(**lost))
    running = update(DeliveryBatch).where(col(DeliveryBatch.state) == BatchState.RUNNING)
    connection.execute(running.values(state=BatchState.PAUSED, paused_because="从备份恢复，请核对后再继续"))
    single = col(DeliveryChunk.batch_id).is_(None), col(DeliveryChunk.done).is_(False)
    if session.exec(select(DeliveryChunk.id).where(*single).limit(1)).first() is None:
        return
    batch = open_batch(session, "恢复备份前没发完的消息", Purpose.ANSWER, created_by="恢复备份", now=now, paused=True)
    batch.paused_because = "从备份恢复，请核对后再继续"
    connection.execute(update(DeliveryChunk).where(*single).values(batch_id=batch.id))


def check_text(text: str) -> str:
    """What a clerk wants to send. Raises Invalid."""
    text = text.strip()
    if not text:
        raise Invalid("要写上发什么，不能是空的。")
    if len(text.encode()) > 2048:
        raise Invalid("太长了：最多约 680 个汉字，请写短些。")
    return text
