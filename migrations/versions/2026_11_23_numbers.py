"""The number of a deleted person or matter is never given again.

PostgreSQL's sequences never do; SQLite needs AUTOINCREMENT, and to have that, a new table.
"""

from typing import Any

from alembic import op

revision = "2026_11_23_numbers"
down_revision = "2026_11_23_people"
branch_labels = None
depends_on = None

TABLES = ("person", "inbox_item")


def rebuild(**table_kwargs: Any) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for name in TABLES:
        with op.batch_alter_table(name, recreate="always", table_kwargs=table_kwargs):
            pass


def upgrade() -> None:
    rebuild(sqlite_autoincrement=True)


def downgrade() -> None:
    rebuild()
