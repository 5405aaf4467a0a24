"""Inboxes sort by what was received last and by what tasks are about, too."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

# What was open before sorts by the person's key, or by the words it is found with.
FILL = """
UPDATE task SET sort_key = coalesce(
    (
        SELECT person.sort_key FROM staff_member JOIN person ON person.id = staff_member.person_id
        WHERE task.subject_kind = 'staff' AND staff_member.id = task.subject_id
    ),
    substr(search_text, 1, 240)
)
WHERE state = 'open'
"""


def upgrade() -> None:
    op.add_column("task", sa.Column("sort_key", sa.String(length=240), nullable=False, server_default=""))
    op.execute(FILL)
