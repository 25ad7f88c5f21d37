"""Who may do what. One table; whoever is not in it may not."""

from collections.abc import Mapping
from typing import Final

from app.core.errors import Forbidden
from app.staff.models import Role

ADMINISTRATOR, APPROVER, AUDITOR = Role.ADMINISTRATOR, Role.APPROVER, Role.AUDITOR
CLERK, DISPATCHER, VIEWER = Role.CLERK, Role.DISPATCHER, Role.VIEWER

NAMES: Final[Mapping[Role, str]] = {
    Role.VIEWER: "查看",
    Role.CLERK: "经办",
    Role.DISPATCHER: "调度",
    Role.APPROVER: "审核",
    Role.GRID_WORKER: "网格员",
    Role.AUDITOR: "审计",
    Role.ADMINISTRATOR: "管理员",
}
ALLOWED: Final[Mapping[str, frozenset[Role]]] = {
    "inbox.read": frozenset({VIEWER, CLERK, DISPATCHER, APPROVER, ADMINISTRATOR}),
    "inbox.reply": frozenset({CLERK, DISPATCHER, APPROVER}),
    "inbox.close": frozenset({CLERK, DISPATCHER, APPROVER}),
    "deliveries.read": frozenset({VIEWER, CLERK, DISPATCHER, APPROVER, AUDITOR, ADMINISTRATOR}),
    "deliveries.create": frozenset({APPROVER}),
    "deliveries.pause": frozenset({CLERK, DISPATCHER, APPROVER, ADMINISTRATOR}),
    "deliveries.resume": frozenset({APPROVER}),
    "deliveries.retry": frozenset({APPROVER}),
    "events.import": frozenset({CLERK, DISPATCHER, APPROVER}),
    "events.cancel": frozenset({CLERK, DISPATCHER, APPROVER}),
    "workshops.import": frozenset({CLERK, DISPATCHER, APPROVER}),
    "menu.push": frozenset({APPROVER, ADMINISTRATOR}),
    "jobs.publish": frozenset({CLERK, APPROVER}),
    "jobs.reject": frozenset({CLERK, APPROVER}),
    "jobs.close": frozenset({CLERK, DISPATCHER, APPROVER}),
    "backup.restore": frozenset({ADMINISTRATOR}),
    "staff.manage": frozenset({ADMINISTRATOR}),
    "audit.read": frozenset({AUDITOR, ADMINISTRATOR}),
}
"""Sending to many needs the role that approves; stopping it, anybody who works with it."""


def may(role: Role, action: str) -> bool:
    """Raises KeyError for an action that nobody has declared."""
    return role in ALLOWED[action]


def require(role: Role, action: str) -> None:
    """Raises Forbidden, naming the roles that may."""
    if not may(role, action):
        able = "、".join(NAMES[one] for one in Role if one in ALLOWED[action])
        raise Forbidden(f"“{NAMES[role]}”不能办这件事，要由{able}来办。")
