"""Staff, and the audit trail that nobody can change."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_staff"
down_revision = "2026_11_23_wechat"
branch_labels = None
depends_on = None

SQLITE = """
CREATE TRIGGER audit_row_{what} BEFORE {what} ON audit_row
BEGIN SELECT RAISE(ABORT, 'audit rows are only ever added'); END
"""
POSTGRES_FUNCTION = """
CREATE FUNCTION audit_row_refuse() RETURNS trigger AS
$$ BEGIN RAISE EXCEPTION 'audit rows are only ever added'; END $$ LANGUAGE plpgsql
"""
POSTGRES = "CREATE TRIGGER audit_row_{what} BEFORE {what} ON audit_row FOR EACH ROW EXECUTE FUNCTION audit_row_refuse()"


def upgrade() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(40), nullable=False, unique=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("secret_hash", sa.String(200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True)),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "audit_row",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Integer(), sa.ForeignKey("staff.id")),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("action", sa.String(40), nullable=False, index=True),
        sa.Column("object", sa.String(60), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    postgres = op.get_bind().dialect.name == "postgresql"
    if postgres:
        op.execute(POSTGRES_FUNCTION)
    for what in ("UPDATE", "DELETE"):
        op.execute((POSTGRES if postgres else SQLITE).format(what=what))


def downgrade() -> None:
    op.drop_table("audit_row")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_row_refuse()")
    op.drop_table("staff")
