"""What goes out by itself: deliveries, who carries them out, and what WeChat still allows."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_deliveries"
down_revision = "2026_11_22_missed"
branch_labels = None
depends_on = None


def instant(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    with op.batch_alter_table("inbound_message") as table:
        table.add_column(sa.Column("opens", sa.String(10), nullable=False, server_default=""))
    with op.batch_alter_table("inbound_message") as table:
        table.alter_column("opens", server_default=None)
    op.create_index("ix_inbound_message_openid", "inbound_message", ["openid", "received_at"])
    with op.batch_alter_table("identity") as table:
        table.add_column(instant("unfollowed_at"))
    op.create_table(
        "executor",
        sa.Column("id", sa.String(60), primary_key=True),
        sa.Column("host", sa.String(100), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("beat_at", sa.Integer(), nullable=False),
    )
    op.create_table(
        "subscribe_credit",
        sa.Column("openid", sa.String(64), primary_key=True),
        sa.Column("template_id", sa.String(64), primary_key=True),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        instant("updated_at", nullable=False),
    )
    op.create_table(
        "delivery_batch",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("message", sa.JSON()),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("paused_because", sa.String(200)),
        instant("not_before"),
        instant("deadline_at"),
        instant("created_at", nullable=False),
        sa.Column("created_by", sa.String(60), nullable=False),
    )
    op.create_table(
        "delivery_chunk",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("batch_id", sa.Integer(), sa.ForeignKey("delivery_batch.id"), index=True),
        sa.Column("lane", sa.String(10), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        instant("due_at", nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_delivery_chunk_open", "delivery_chunk", ["done", "due_at"])
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("batch_id", sa.Integer(), sa.ForeignKey("delivery_batch.id")),
        sa.Column("chunk_id", sa.Integer(), sa.ForeignKey("delivery_chunk.id"), nullable=False),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("message", sa.JSON()),
        sa.Column("state", sa.String(10), nullable=False),
        instant("due_at", nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(10)),
        sa.Column("tried", sa.JSON(), nullable=False),
        sa.Column("client_id", sa.String(32), nullable=False, unique=True),
        sa.Column("claim", sa.String(60)),
        instant("claimed_at"),
        sa.Column("claimed_machine", sa.Integer(), nullable=False),
        sa.Column("errcode", sa.Integer()),
        sa.Column("reason", sa.String(200)),
        sa.Column("provider_id", sa.String(64)),
        instant("created_at", nullable=False),
        instant("finished_at"),
        sa.Column("late_key", sa.String(64)),
        sa.UniqueConstraint("batch_id", "person_id"),
    )
    op.create_index("ix_delivery_chunk_state", "delivery", ["chunk_id", "state"])
    op.create_index("ix_delivery_person", "delivery", ["person_id", "claimed_at"])


def downgrade() -> None:
    for table in (
        "delivery",
        "delivery_chunk",
        "delivery_batch",
        "subscribe_credit",
        "executor",
    ):
        op.drop_table(table)
    with op.batch_alter_table("identity") as changed:
        changed.drop_column("unfollowed_at")
    op.drop_index("ix_inbound_message_openid", "inbound_message")
    with op.batch_alter_table("inbound_message") as changed:
        changed.drop_column("opens")
