"""Staff rows, their secrets, and the audit trail, on both databases."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from app.core.clock import SHANGHAI
from app.core.errors import Conflict, Forbidden, Invalid, Unauthenticated
from app.staff import accounts, audit, rules
from app.staff.models import AuditRow, Role, Staff

NOW = datetime(2027, 2, 8, 10, 0, tzinfo=SHANGHAI)
SECRET, HASH = accounts.new_secret()


def add(session, name="局长", role="administrator", by=None):
    boss = session.exec(select(Staff).where(Staff.name == by)).one() if by else None
    return accounts.add_staff(session, name, role, HASH, by=boss, now=NOW).id


async def enter(db, name, secret, *, now=NOW):
    known = await db.read(accounts.look_up, name, now=now)
    fitted = accounts.fits(known, secret)
    staff = await db.write(lambda session: accounts.let_in(session, known, fitted=fitted, now=now).name)
    return staff if fitted else None


def test_secret_is_long_and_easy_to_read_aloud():
    secret, hashed = accounts.new_secret()

    assert len(secret) == 24
    assert not set(secret) & set("0o1li")
    assert secret not in hashed
    assert hashed.startswith("$argon2id$")


async def test_right_secret_lets_in_and_a_wrong_one_does_not(db):
    await db.write(add)

    assert await enter(db, "局长", SECRET) == "局长"
    assert await enter(db, "局长", SECRET + "x") is None
    with pytest.raises(Unauthenticated):
        await enter(db, "没有这个人", SECRET)


async def test_ten_wrong_secrets_lock_the_name_for_a_quarter_of_an_hour(db):
    await db.write(add)
    for _ in range(10):
        assert await enter(db, "局长", "wrong") is None

    with pytest.raises(Unauthenticated, match="锁十五分钟"):
        await enter(db, "局长", SECRET)
    assert await enter(db, "局长", SECRET, now=NOW + timedelta(minutes=16)) == "局长"


async def test_success_forgets_the_failures_before(db):
    await db.write(add)
    for _ in range(3):
        for _ in range(9):
            await enter(db, "局长", "wrong")
        assert await enter(db, "局长", SECRET) == "局长"


async def test_first_must_be_an_administrator_and_later_ones_need_one(db):
    with pytest.raises(Invalid, match="管理员"):
        await db.write(add, "小王", "clerk")
    await db.write(add)
    with pytest.raises(Forbidden, match="--as"):
        await db.write(add, "小王", "clerk")
    with pytest.raises(Invalid, match="clerk"):
        await db.write(add, "小王", "chef", "局长")

    await db.write(add, "小王", "clerk", "局长")
    with pytest.raises(Conflict, match="renew"):
        await db.write(add, "小王", "clerk", "局长")


async def test_disabled_person_is_let_in_no_more_and_the_last_administrator_stays(db):
    await db.write(add)
    await db.write(add, "小王", "clerk", "局长")

    def disable(session, name):
        accounts.disable_staff(session, name, by=accounts.find_staff(session, "局长"), now=NOW)

    await db.write(disable, "小王")
    with pytest.raises(Unauthenticated):
        await enter(db, "小王", SECRET)
    with pytest.raises(Conflict, match="最后一个管理员"):
        await db.write(disable, "局长")


def test_every_action_is_held_by_a_role_and_no_role_does_everything():
    assert [action for action, roles in rules.ALLOWED.items() if not roles] == []
    assert [role for role in Role if all(role in roles for roles in rules.ALLOWED.values())] == []
    assert rules.may(Role.APPROVER, "deliveries.create")
    assert not rules.may(Role.CLERK, "deliveries.create")
    with pytest.raises(Forbidden, match="审核"):
        rules.require(Role.CLERK, "deliveries.resume")


@pytest.mark.parametrize("statement", ["UPDATE audit_row SET name = 'x'", "DELETE FROM audit_row"])
async def test_database_refuses_to_change_an_audit_row(db, statement):
    await db.write(add)

    with pytest.raises(DBAPIError, match="only ever added"):
        await db.write(lambda session: session.connection().execute(text(statement)))


async def test_audit_shows_a_change_that_got_past_the_database(db):
    await db.write(add)
    await db.write(add, "小王", "clerk", "局长")
    assert await db.read(audit.first_broken) is None

    def tamper(session):
        kind = session.get_bind().dialect.name
        off = "DROP TRIGGER audit_row_update" + (" ON audit_row" if kind == "postgresql" else "")
        session.connection().execute(text(off))
        session.connection().execute(text("UPDATE audit_row SET name = '别人' WHERE id = 1"))

    await db.write(tamper)
    assert await db.read(audit.first_broken) == 1


async def test_audit_masks_people_and_refuses_what_nobody_declared(db):
    def unit(session):
        told = {"title": "找张三13812345678", "recipients": 1}
        audit.record(session, None, "deliveries.create", "发送1", told, now=NOW)
        return session.exec(select(AuditRow.detail)).one()

    assert "13812345678" not in str(await db.write(unit))
    for action, detail in (("deliveries.create", {}), ("unheard.of", {})):
        with pytest.raises(ValueError, match="declared"):
            await db.write(lambda session, a=action, d=detail: audit.record(session, None, a, "x", d, now=NOW))
