"""Signing in, agreeing, and taking one's data along."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_people"
down_revision = "2026_11_23_staff"
branch_labels = None
depends_on = None


def instant(name: str, *, nullable: bool = True, index: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, index=index)


def person(*, primary_key: bool = False) -> sa.Column[object]:
    foreign = sa.ForeignKey("person.id")
    if primary_key:
        return sa.Column("person_id", sa.Integer(), foreign, primary_key=True)
    return sa.Column("person_id", sa.Integer(), foreign, nullable=False, index=True)


def upgrade() -> None:
    with op.batch_alter_table("person") as table:
        table.add_column(sa.Column("township", sa.String(20)))
    op.create_table(
        "person_session",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        person(),
        instant("created_at", nullable=False),
        instant("expires_at", nullable=False, index=True),
        instant("revoked_at"),
    )
    op.create_table(
        "link_token",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        person(),
        instant("expires_at", nullable=False, index=True),
        instant("used_at"),
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), primary_key=True),
        person(),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text_hash", sa.String(64), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        instant("at", nullable=False),
    )
    op.create_table(
        "idempotency_key",
        person(primary_key=True),
        sa.Column("key", sa.String(80), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        instant("created_at", nullable=False, index=True),
    )


def downgrade() -> None:
    for table in ("idempotency_key", "consent", "link_token", "person_session"):
        op.drop_table(table)
    with op.batch_alter_table("person") as changed:
        changed.drop_column("township")
