"""Somebody's own data: all of it to take along, all of it gone (个人信息保护法 第四十五、四十七条)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Table, delete
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from app.core.clock import local
from app.people.models import Identity, Person
from app.people.rows import OPENID, PERSON, tables_with

TITLES: Final[Mapping[str, str]] = {
    "person": "本人",
    "identity": "微信身份",
    "person_session": "登录",
    "link_token": "绑定",
    "consent": "同意过的授权",
    "idempotency_key": "重复提交的防护",
    "dialogue": "正在进行的对话",
    "inbound_message": "发来的消息和回答",
    "late_answer": "晚到的回答",
    "inbox_item": "给工作人员的留言",
    "delivery": "主动发的消息",
    "subscribe_credit": "订阅通知的次数",
}
"""Every table with rows about people; a test keeps it whole."""
KEPT_BACK: Final = {"token_hash", "digest", "signature", "claim", "client_id", "session_key"}
"""What is ours and says nothing of them: proofs, hashes, numbers of our own."""


def export(session: Session, person_id: int) -> dict[str, list[dict[str, Any]]]:
    """Everything that stands anywhere about this person, by what it is."""
    found: dict[str, list[dict[str, Any]]] = {}
    person = Person.__table__  # type: ignore[attr-defined]
    for table, condition in [(person, person.c.id == person_id), *_own_rows(session, person_id)]:
        columns = [column for column in table.c if column.name not in KEPT_BACK]
        rows = session.connection().execute(select_columns(*columns).where(condition)).mappings()
        if listed := [{name: _plain(value) for name, value in row.items()} for row in rows]:
            found.setdefault(TITLES[table.name], []).extend(listed)
    return found


def delete_person(session: Session, person_id: int) -> None:
    """Nothing about this person is left; who writes again is a new one."""
    connection = session.connection()
    for table, condition in _own_rows(session, person_id):
        connection.execute(delete(table).where(condition))
    connection.execute(delete(Person).where(col(Person.id) == person_id))


def _own_rows(session: Session, person_id: int) -> list[tuple[Table, Any]]:
    """Each table with what picks this person's rows; identities last, as the others are found by them."""
    openids = list(session.exec(select(Identity.openid).where(Identity.person_id == person_id)))
    by_person = [(table, table.c[PERSON] == person_id) for table in tables_with(PERSON)]
    by_openid = [(table, table.c[OPENID].in_(openids)) for table in tables_with(OPENID) if PERSON not in table.c]
    return [*by_openid, *by_person]


def _plain(value: Any) -> Any:
    return local(value).isoformat() if isinstance(value, datetime) else value
