"""A person's notices are read in order of time, page by page along the index."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.drop_index("ix_notification_person", table_name="notification")
    op.create_index("ix_notification_person", "notification", ["person_id", "created_at", "id"])
