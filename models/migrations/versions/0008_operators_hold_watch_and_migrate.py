"""Operators hold instances, the watchdog tells what it finds, instances migrate to other versions."""

import sqlalchemy as sa
from alembic import op

from models import types

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "migration",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            nullable=False,
        ),
        sa.Column("from_version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("to_version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "running",
                "finished",
                "stopped",
                name="migration_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("chosen", types.Json(), nullable=True),
        sa.Column("mapping", types.Json(), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("last_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=1000), nullable=False),
        sa.Column("started_at", types.Instant(), nullable=False),
        sa.Column("ended_at", types.Instant(), nullable=True),
        sa.Column("started_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["from_version_id"], ["process_version.id"], name=op.f("fk_migration_from_version_id")
        ),
        sa.ForeignKeyConstraint(["started_by_id"], ["person.id"], name=op.f("fk_migration_started_by_id")),
        sa.ForeignKeyConstraint(
            ["to_version_id"], ["process_version.id"], name=op.f("fk_migration_to_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_migration")),
    )
    with op.batch_alter_table("migration") as batch_op:
        batch_op.create_index("ix_migration_from_version", ["from_version_id", "id"], unique=False)
        batch_op.create_index(
            "ix_migration_running",
            ["id"],
            unique=False,
            sqlite_where=sa.text("state = 'running'"),
            postgresql_where=sa.text("state = 'running'"),
        )

    op.create_table(
        "migration_refusal",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            nullable=False,
        ),
        sa.Column("migration_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("instance_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("element_id", sa.String(length=120), nullable=False),
        sa.Column("msgid", sa.String(length=300), nullable=False),
        sa.Column("params", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["migration_id"], ["migration.id"], name=op.f("fk_migration_refusal_migration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_migration_refusal")),
    )
    with op.batch_alter_table("migration_refusal") as batch_op:
        batch_op.create_index("ix_migration_refusal_migration", ["migration_id", "id"], unique=False)

    with op.batch_alter_table("incident") as batch_op:
        batch_op.add_column(
            sa.Column("sent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(
            sa.Column(
                "finding",
                sa.Enum(
                    "stuck",
                    "unreadable",
                    "unseen",
                    "group_left_open",
                    "task_left_open",
                    name="finding",
                    native_enum=False,
                    create_constraint=True,
                    length=40,
                ),
                nullable=True,
            )
        )
        batch_op.create_index(
            "uq_incident_finding",
            ["instance_id", "finding"],
            unique=True,
            sqlite_where=sa.text("resolved_at IS NULL AND finding IS NOT NULL"),
            postgresql_where=sa.text("resolved_at IS NULL AND finding IS NOT NULL"),
        )

    with op.batch_alter_table("process_instance") as batch_op:
        batch_op.add_column(
            sa.Column("held_from_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_index(
            "ix_process_instance_held",
            ["held_from_id"],
            unique=False,
            sqlite_where=sa.text("held_from_id IS NOT NULL"),
            postgresql_where=sa.text("held_from_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_process_instance_top",
            ["state", "id"],
            unique=False,
            sqlite_where=sa.text("group_id IS NULL"),
            postgresql_where=sa.text("group_id IS NULL"),
        )
        batch_op.create_index(
            "ix_process_instance_unit", ["unit_id", "subject_kind", "subject_id"], unique=False
        )
