"""The people of the bureau who work with the system, and what they did."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel


class Role(StrEnum):
    VIEWER = "viewer"  # 查看
    CLERK = "clerk"  # 经办
    DISPATCHER = "dispatcher"  # 调度
    APPROVER = "approver"  # 审核
    GRID_WORKER = "grid_worker"  # 网格员
    AUDITOR = "auditor"  # 审计
    ADMINISTRATOR = "administrator"  # 管理员


class Staff(SQLModel, table=True):
    """One person. Their secret is known to them alone: the row has a hash of it."""

    id: int = Field(default=None, primary_key=True)
    name: str = Field(max_length=40, unique=True)
    role: str = Field(max_length=20)
    secret_hash: str = Field(max_length=200)
    created_at: datetime
    disabled_at: datetime | None = None
    failures: int = 0
    """Wrong secrets in a row."""
    locked_until: datetime | None = None


class AuditRow(SQLModel, table=True):
    """Who did what to what, and when. The database itself refuses to change or delete one (a trigger)."""

    __tablename__ = "audit_row"

    id: int = Field(default=None, primary_key=True)
    at: datetime
    staff_id: int | None = Field(default=None, foreign_key="staff.id")
    """None for the command line before there was any staff."""
    name: str = Field(max_length=40)
    """As it was then."""
    action: str = Field(max_length=40, index=True)
    object: str = Field(max_length=60)
    detail: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    digest: str = Field(max_length=64)
    """Over this row and the digest of the one before: a gap or a change shows."""
