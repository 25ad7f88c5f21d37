"""Jobs, where they came from, what people want, and what they were told."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_jobs"
down_revision = "2026_11_23_numbers"
branch_labels = None
depends_on = None


def words(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False)


def instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def person(**more: Any) -> sa.Column[int]:
    return sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False, **more)


def job(**more: Any) -> sa.Column[int]:
    return sa.Column("job_id", sa.Integer(), sa.ForeignKey("job.id"), nullable=False, **more)


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False, unique=True),
        sa.Column("external_id", sa.String(60), nullable=False, index=True),
        words("state", 10),
        sa.Column("version", sa.Integer(), nullable=False),
        words("title", 100),
        sa.Column("employer", sa.String(100), nullable=False, index=True),
        *(words(name, 20) for name in ("province", "city", "district", "township")),
        words("trade", 40),
        *(sa.Column(name, sa.Integer()) for name in ("headcount", "salary_min_fen", "salary_max_fen")),
        words("salary_unit", 4),
        sa.Column("benefits", sa.JSON(), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("age_min", sa.Integer()),
        sa.Column("age_max", sa.Integer()),
        words("legal_basis", 200),
        words("education", 100),
        words("experience", 200),
        words("shift", 100),
        words("board_lodging", 200),
        words("contact_name", 60),
        words("contact_phone", 60),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("workshop", sa.Boolean(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("posted_at", sa.Date()),
        sa.Column("expires_at", sa.Date()),
        instant("checked_at"),
        instant("published_at", nullable=True),
        instant("created_at"),
    )
    op.create_index("ix_job_state", "job", ["state", "version"])
    op.create_table(
        "job_source",
        sa.Column("id", sa.Integer(), primary_key=True),
        job(),
        words("name", 100),
        words("external_id", 60),
        instant("at"),
        sa.UniqueConstraint("job_id", "name", "external_id"),
    )
    op.create_table(
        "job_file",
        sa.Column("digest", sa.String(64), primary_key=True),
        words("name", 200),
        sa.Column("rows", sa.Integer(), nullable=False),
        instant("at"),
    )
    op.create_table(
        "job_preference",
        person(primary_key=True),
        sa.Column("want", sa.JSON(), nullable=False),
        words("pushes", 10),
        instant("updated_at"),
    )
    op.create_table("saved_job", person(primary_key=True), job(primary_key=True), instant("at"))
    for name, *more in (
        ("job_application",),
        ("job_report", words("text", 500)),
    ):
        op.create_table(
            name,
            sa.Column("id", sa.Integer(), primary_key=True),
            person(),
            job(index=True),
            *more,
            instant("at"),
            sa.UniqueConstraint("person_id", "job_id"),
        )
    op.create_table(
        "job_push",
        sa.Column("id", sa.Integer(), primary_key=True),
        job(),
        person(index=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        instant("at"),
        sa.UniqueConstraint("job_id", "person_id"),
    )
    op.create_table(
        "push_round",
        sa.Column("id", sa.Integer(), primary_key=True),
        words("kind", 10),
        words("day", 30),
        instant("due_at"),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("after_person", sa.Integer(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("kind", "day"),
    )
    op.create_index("ix_push_round_open", "push_round", ["done", "due_at"])


def downgrade() -> None:
    for name in (
        *("push_round", "job_push", "job_report", "job_application", "saved_job"),
        *("job_preference", "job_file", "job_source", "job"),
    ):
        op.drop_table(name)
