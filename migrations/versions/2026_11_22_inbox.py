"""The inbox: matters handed to a human."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_inbox"
down_revision = "2026_11_22_messages"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inbox_item",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_inbox_item_person_id", "inbox_item", ["person_id"])
    op.create_index("ix_inbox_item_closed_at", "inbox_item", ["closed_at"])


def downgrade() -> None:
    op.drop_table("inbox_item")
