"""People, and the messages they sent."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_messages"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "identity",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("openid", sa.String(64), nullable=False),
        sa.Column("unionid", sa.String(64)),
        sa.UniqueConstraint("channel", "openid"),
    )
    op.create_index("ix_identity_person_id", "identity", ["person_id"])
    op.create_index("ix_identity_unionid", "identity", ["unionid"])
    op.create_table(
        "dialogue",
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "inbound_message",
        sa.Column("dedup_key", sa.String(100), primary_key=True),
        sa.Column("signature", sa.String(40), unique=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("openid", sa.String(64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("intent", sa.String(80), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
    )
    op.create_table(
        "late_answer",
        sa.Column("dedup_key", sa.String(64), primary_key=True),
        sa.Column("openid", sa.String(64), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text()),
        sa.Column("begun_at", sa.Integer(), nullable=False),
    )
    op.create_index("ix_late_answer_openid", "late_answer", ["openid"])
    op.create_table(
        "clock_shift",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("seconds", sa.Float(), nullable=False),
    )


def downgrade() -> None:
    for table in ("clock_shift", "late_answer", "inbound_message", "dialogue", "identity", "person"):
        op.drop_table(table)
