"""Job fairs and classes, who registers for them, and the directory of workshops."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_events"
down_revision = "2026_11_23_jobs"
branch_labels = None
depends_on = None


def words(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False)


def instant(name: str, *, nullable: bool = False, index: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, index=index)


def point() -> tuple[sa.Column[float], sa.Column[float]]:
    return sa.Column("latitude", sa.Float()), sa.Column("longitude", sa.Float())


def upgrade() -> None:
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("external_id", sa.String(60), unique=True),
        words("kind", 10),
        words("title", 60),
        words("trade", 40),
        instant("starts_at"),
        instant("ends_at", nullable=True),
        words("place", 60),
        words("address", 120),
        words("province", 20),
        words("city", 20),
        words("district", 20),
        words("township", 20),
        *point(),
        sa.Column("capacity", sa.Integer()),
        words("what_to_bring", 200),
        words("who_for", 100),
        words("fee", 60),
        words("contact", 40),
        words("phone", 60),
        sa.Column("description", sa.Text(), nullable=False),
        words("state", 10),
        instant("created_at"),
    )
    op.create_index("ix_event_starts_at", "event", ["starts_at", "id"])
    op.create_table(
        "event_registration",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("event_id", sa.Integer(), sa.ForeignKey("event.id"), nullable=False),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False, index=True),
        words("state", 10),
        instant("registered_at"),
        instant("cancelled_at", nullable=True),
        sa.Column("notice", sa.String(10)),
        instant("notice_at", nullable=True, index=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer()),
        sa.UniqueConstraint("event_id", "person_id"),
    )
    op.create_table(
        "workshop",
        sa.Column("id", sa.Integer(), primary_key=True),
        words("external_id", 60),
        words("name", 60),
        words("township", 20),
        words("address", 120),
        *point(),
        words("employer", 60),
        words("trades", 100),
        sa.Column("headcount", sa.Integer()),
        words("pay", 60),
        words("contact", 40),
        words("phone", 60),
        words("description", 200),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("is_example", sa.Boolean(), nullable=False),
        instant("created_at"),
        sa.UniqueConstraint("external_id"),
    )


def downgrade() -> None:
    for table in ("workshop", "event_registration", "event"):
        op.drop_table(table)
