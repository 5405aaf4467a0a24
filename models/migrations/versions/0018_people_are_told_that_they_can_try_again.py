"""People whose act a drawing could not take are told that they can try again."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

CHECK = "ck_notification_message"
# The messages of this release; a later one adds its own.
MESSAGES = (
    "task_opened task_returned task_completed task_handed_over task_withdrawn task_mended task_due_soon task_overdue "
    "task_escalated urged deadline_extended commented access_changed incident_opened run_cancelled morning_digest"
)


def upgrade() -> None:
    allowed = ", ".join(f"'{message}'" for message in MESSAGES.split())
    with op.batch_alter_table("notification") as batch_op:
        batch_op.drop_constraint(op.f(CHECK), type_="check")
        batch_op.create_check_constraint(op.f(CHECK), sa.text(f"message IN ({allowed})"))
