"""Access tokens and the use of WeChat's APIs, shared by all processes."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_wechat"
down_revision = "2026_11_23_deliveries"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_token",
        sa.Column("app_id", sa.String(64), primary_key=True),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.Column("refreshing_until", sa.Float(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("forced_at", sa.Float(), nullable=False),
    )
    op.create_table(
        "api_quota",
        sa.Column("api", sa.String(100), primary_key=True),
        sa.Column("period", sa.String(20), primary_key=True),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("limit", sa.Integer(), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True)),
    )


def downgrade() -> None:
    op.drop_table("api_quota")
    op.drop_table("access_token")
