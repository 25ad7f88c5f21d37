"""Somebody's own data: all of it to take along, all of it gone (个人信息保护法 第四十五、四十七条)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Table, delete
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from app.core.clock import local
from app.people.models import Identity, Person
from app.people.rows import OPENID, PERSON, lock_people, tables_with

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
    "job_preference": "想找的活",
    "saved_job": "收藏的岗位",
    "job_application": "报名的岗位",
    "job_report": "举报的岗位",
    "job_push": "推送过的岗位",
    "event_registration": "报名的招聘会和培训班",
}
"""Every table with rows about people; a test keeps it whole."""
NAMES: Final[Mapping[str, str]] = {
    "answer": "回答",
    "at": "时间",
    "attempt": "发过几次",
    "begun_at": "开始办的时间",
    "body": "结果",
    "channel": "渠道",
    "cancelled_at": "取消时间",
    "closed_at": "处理时间",
    "created_at": "建立时间",
    "credits": "还剩几次",
    "due_at": "定在何时发",
    "errcode": "微信错误码",
    "event_id": "招聘会或培训班编号",
    "expires_at": "到期时间",
    "finished_at": "办完时间",
    "granted": "同意",
    "intent": "当作哪一类",
    "message": "内容",
    "opened_at": "留言时间",
    "notice": "还要通知什么",
    "notice_at": "定在何时通知",
    "openid": "微信标识",
    "opens": "为何可以回话",
    "job_id": "岗位编号",
    "purpose": "用途",
    "pushes": "多久推送一次",
    "reason": "为什么没发",
    "reasons": "为什么合适",
    "received_at": "收到时间",
    "refused": "不再接收",
    "registered_at": "报名时间",
    "reply": "回答",
    "revoked_at": "退出时间",
    "state": "状态",
    "status": "结果代码",
    "template_id": "通知模板",
    "text": "内容",
    "township": "家乡乡镇",
    "unfollowed_at": "取消关注时间",
    "unionid": "微信开放平台标识",
    "updated_at": "更新时间",
    "used_at": "用掉的时间",
    "version": "第几版",
    "want": "想要的条件",
}
"""Every column that is shown; a test keeps it whole."""
KEPT_BACK: Final = frozenset(
    {
        *("id", "person_id", "batch_id", "chunk_id", "dedup_key", "late_key", "client_id", "provider_id", "key"),
        *("token_hash", "text_hash", "digest", "signature", "claim", "claimed_at", "claimed_machine", "tried"),
        "delivery_id",
    }
)
"""What is ours and says nothing of them: numbers, proofs and hashes."""


def export(session: Session, person_id: int) -> dict[str, list[dict[str, Any]]]:
    """Everything that stands anywhere about this person, by what it is, under Chinese headings."""
    found: dict[str, list[dict[str, Any]]] = {}
    person = Person.__table__  # type: ignore[attr-defined]
    for table, condition in [(person, person.c.id == person_id), *_own_rows(session, person_id)]:
        columns = [column for column in table.c if column.name not in KEPT_BACK]
        rows = session.connection().execute(select_columns(*columns).where(condition)).mappings()
        if listed := [{NAMES[name]: _plain(value) for name, value in row.items()} for row in rows]:
            found.setdefault(TITLES[table.name], []).extend(listed)
    return found


def delete_person(session: Session, person_id: int) -> None:
    """Nothing about this person is left; who writes again is a new one."""
    lock_people(session, [person_id])
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
