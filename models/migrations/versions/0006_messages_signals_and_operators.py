"""Messages and signals between procedures; what operators do with instances stands in the journal."""

import sqlalchemy as sa
from alembic import op

from models import types

revision = "0006"
down_revision = "0005"

CHECK = "ck_journal_entry_journal_kind"
# The kinds of this release; a later one adds its own.
KINDS = (
    "campaign_opened campaign_closed instance_started instance_finished instance_cancelled instance_suspended "
    "instance_resumed instance_migrated token_moved data_corrected event_delivered task_claimed task_released "
    "task_completed task_withdrawn task_handed_over pupils_decided subject_approved subject_returned "
    "subject_enrolled subject_joined subject_left record_corrected grades_entered reminded escalated urged "
    "timer_fired deadline_extended commented file_attached signed document_printed appointed appointment_ended "
    "reporting_line_moved unit_added unit_changed person_added person_changed account_opened password_reset "
    "password_changed account_closed account_reopened class_added homeroom_teacher_changed teaching_assigned "
    "teaching_ended procedure_published incident_opened incident_resolved journal_sealed"
)


def upgrade() -> None:
    op.create_table(
        "sent_event",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "message", "signal", name="event_kind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("correlation", sa.String(length=400), nullable=False),
        sa.Column("brings", types.Json(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "underway",
                "delivered",
                "failed",
                "dropped",
                name="event_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("sent_at", types.Instant(), nullable=False),
        sa.Column("due_at", types.Instant(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("thrown_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("request_key", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_event")),
    )
    with op.batch_alter_table("sent_event") as batch_op:
        batch_op.create_index(
            "ix_sent_event_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'underway'"),
            postgresql_where=sa.text("state = 'underway'"),
        )
        batch_op.create_index(
            "ix_sent_event_name",
            ["name", "correlation", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'underway'"),
            postgresql_where=sa.text("state = 'underway'"),
        )
        batch_op.create_index("uq_sent_event_request_key", ["request_key"], unique=True)

    op.create_table(
        "awaited_event",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            nullable=False,
        ),
        sa.Column("instance_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("element_id", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "message", "signal", name="event_kind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("correlation", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_awaited_event_instance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_awaited_event")),
    )
    with op.batch_alter_table("awaited_event") as batch_op:
        batch_op.create_index("ix_awaited_event_name", ["name", "kind", "correlation", "id"], unique=False)
        batch_op.create_index("uq_awaited_event_token", ["instance_id", "token"], unique=True)

    with op.batch_alter_table("process_instance") as batch_op:
        batch_op.add_column(sa.Column("suspended_at", types.Instant(), nullable=True))
    allowed = ", ".join(f"'{kind}'" for kind in KINDS.split())
    with op.batch_alter_table("journal_entry") as batch_op:
        batch_op.drop_constraint(op.f(CHECK), type_="check")
        batch_op.create_check_constraint(op.f(CHECK), sa.text(f"kind IN ({allowed})"))
