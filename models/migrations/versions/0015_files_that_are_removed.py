"""A file may be removed again: the journal says so, and its bytes are found by their digest."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

CHECK = "ck_journal_entry_journal_kind"
# The kinds of this release; a later one adds its own.
KINDS = (
    "campaign_opened campaign_closed instance_started instance_finished instance_cancelled instance_suspended "
    "instance_resumed instance_migrated token_moved data_corrected event_delivered task_claimed task_released "
    "task_completed task_withdrawn task_handed_over pupils_decided subject_approved subject_returned "
    "subject_enrolled subject_joined subject_left record_corrected grades_entered reminded escalated urged "
    "timer_fired deadline_extended commented file_attached file_removed signed document_printed appointed appointment_ended "
    "reporting_line_moved unit_added unit_changed person_added person_changed account_opened password_reset "
    "password_changed account_closed account_reopened class_added homeroom_teacher_changed teaching_assigned "
    "teaching_ended local_days_added local_days_removed procedure_published incident_opened incident_resolved "
    "journal_sealed"
)


def upgrade() -> None:
    allowed = ", ".join(f"'{kind}'" for kind in KINDS.split())
    with op.batch_alter_table("journal_entry") as batch_op:
        batch_op.drop_constraint(op.f(CHECK), type_="check")
        batch_op.create_check_constraint(op.f(CHECK), sa.text(f"kind IN ({allowed})"))
    op.create_index("ix_attachment_digest", "attachment", ["digest"])
