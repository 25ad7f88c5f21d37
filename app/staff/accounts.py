"""Staff rows: made, renewed, disabled, and let in by their secret."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlmodel import Session, col, func, select

from app.core.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from app.staff import audit
from app.staff.models import Role, Staff

ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters that nobody takes for another one."""
GROUPS, LETTERS = 5, 4
"""20 letters of 31: 99 bits."""
MAX_FAILURES: Final = 10
LOCKED: Final = timedelta(minutes=15)
WRONG: Final = "名字或口令不对，或者已停用。连错十次会锁十五分钟。"
_hasher: Final = PasswordHasher()
_nobody: Final = _hasher.hash("nobody has this secret")


@dataclass(frozen=True, slots=True)
class Known:
    """What is needed to check a secret outside a unit of work: it takes a tenth of a second on purpose."""

    id: int | None
    secret_hash: str


def new_secret() -> tuple[str, str]:
    """A secret to show once, and what the row keeps of it."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(LETTERS)) for _ in range(GROUPS))
    secret = "-".join(groups)
    return secret, _hasher.hash(secret)


def add_staff(session: Session, name: str, role: str, secret_hash: str, *, by: Staff | None, now: datetime) -> Staff:
    """The very first must be an administrator; later ones are made by one. Raises Invalid, Conflict, Forbidden."""
    name = name.strip()
    if not 1 <= len(name) <= 40:
        raise Invalid("名字要有1到40个字。")
    if session.exec(select(Staff).where(Staff.name == name)).first():
        raise Conflict(f"已经有“{name}”了。换口令用 yanlu staff renew {name}。")
    if by is None and count_staff(session):
        raise Forbidden("已经有工作人员了，要由管理员来加：加上 --as 管理员的名字。")
    if by is None and role != Role.ADMINISTRATOR:
        raise Invalid("第一个人要是管理员：--role administrator。")
    staff = Staff(name=name, role=read_role(role), secret_hash=secret_hash, created_at=now)
    session.add(staff)
    session.flush()
    audit.record(session, by, "staff.add", name, {"role": staff.role}, now=now)
    return staff


def read_role(role: str) -> Role:
    """Raises Invalid, naming the roles there are."""
    try:
        return Role(role)
    except ValueError:
        raise Invalid(f"没有“{role}”这种角色，可用：{'、'.join(Role)}。") from None


def count_staff(session: Session) -> int:
    return int(session.exec(select(func.count()).select_from(Staff)).one())


def list_staff(session: Session) -> Sequence[Staff]:
    return session.exec(select(Staff).order_by(col(Staff.id))).all()


def find_staff(session: Session, name: str) -> Staff:
    """Raises NotFound."""
    staff = session.exec(select(Staff).where(Staff.name == name)).first()
    if staff is None:
        raise NotFound(f"没有叫“{name}”的工作人员，可用 yanlu staff list 查看。")
    return staff


def renew_secret(session: Session, name: str, secret_hash: str, *, by: Staff, now: datetime) -> None:
    """The old secret ends with it."""
    staff = find_staff(session, name)
    staff.secret_hash, staff.failures, staff.locked_until = secret_hash, 0, None
    session.add(staff)
    audit.record(session, by, "staff.renew", name, {}, now=now)


def disable_staff(session: Session, name: str, *, by: Staff, now: datetime) -> None:
    """Raises Conflict for the last administrator: nobody could let anybody in any more."""
    staff = find_staff(session, name)
    _keep_an_administrator(session, staff)
    staff.disabled_at = now
    session.add(staff)
    audit.record(session, by, "staff.disable", name, {}, now=now)


def change_role(session: Session, name: str, role: str, *, by: Staff, now: datetime) -> None:
    staff, new = find_staff(session, name), read_role(role)
    if new is not Role.ADMINISTRATOR:
        _keep_an_administrator(session, staff)
    staff.role = new
    session.add(staff)
    audit.record(session, by, "staff.role", name, {"role": new}, now=now)


def _keep_an_administrator(session: Session, leaving: Staff) -> None:
    others = Staff.role == Role.ADMINISTRATOR, col(Staff.disabled_at).is_(None), Staff.id != leaving.id
    if leaving.role == Role.ADMINISTRATOR and session.exec(select(Staff).where(*others)).first() is None:
        raise Conflict("这是最后一个管理员，先加一个别的管理员。")


# --- letting in: look up, check outside any unit, then note ---


def look_up(session: Session, name: str, *, now: datetime) -> Known:
    """Somebody's hash; nobody's for a name that is unknown, disabled or locked: that takes as long to check."""
    staff = session.exec(select(Staff).where(Staff.name == name)).first()
    if staff is None or staff.disabled_at or (staff.locked_until and staff.locked_until > now):
        return Known(None, _nobody)
    return Known(staff.id, staff.secret_hash)


def fits(known: Known, secret: str) -> bool:
    """Slow on purpose: never inside a unit of work."""
    try:
        return _hasher.verify(known.secret_hash, secret) and known.id is not None
    except VerificationError:
        return False


def let_in(session: Session, known: Known, *, fitted: bool, now: datetime) -> Staff:
    """Count the failures of one name. Raises Unauthenticated, the same for every reason."""
    staff = session.get(Staff, known.id) if known.id is not None else None
    if staff is None:
        raise Unauthenticated(WRONG)
    staff.failures = 0 if fitted else staff.failures + 1
    if staff.failures >= MAX_FAILURES:
        staff.failures, staff.locked_until = 0, now + LOCKED
    session.add(staff)
    session.flush()
    return staff
