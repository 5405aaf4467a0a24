"""Returned work stands before the new work of its day: an inbox finds it without reading the day."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    for name, columns, which in (
        ("ix_task_assignee_returned", ["assignee_id", "due_at", "id"], "state = 'open'"),
        (
            "ix_task_role_returned",
            ["role_unit_id", "role", "due_at", "id"],
            "state = 'open' AND assignee_id IS NULL",
        ),
    ):
        where = sa.text(f"{which} AND returned_reason != ''")
        op.create_index(name, "task", columns, sqlite_where=where, postgresql_where=where)
