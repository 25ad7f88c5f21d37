"""Questions that were not answered at once."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_missed"
down_revision = "2026_11_22_inbox"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "missed_question",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("intent", sa.String(80), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_missed_question_asked_at", "missed_question", ["asked_at"])


def downgrade() -> None:
    op.drop_table("missed_question")
