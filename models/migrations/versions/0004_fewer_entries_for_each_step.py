"""A step writes fewer entries: what copies the instance's columns is no reference of its own, two indexes are smaller."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_DONE = sa.text("completed_by_id IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("journal_entry") as table:
        table.drop_constraint("fk_journal_entry_actor_id", type_="foreignkey")
        table.drop_constraint("fk_journal_entry_on_behalf_of_id", type_="foreignkey")
    with op.batch_alter_table("notification") as table:
        table.drop_constraint("fk_notification_campaign_id", type_="foreignkey")
    with op.batch_alter_table("task") as table:
        table.drop_constraint("fk_task_campaign_id", type_="foreignkey")
        table.drop_constraint("fk_task_version_id", type_="foreignkey")
        table.drop_constraint("fk_task_unit_id", type_="foreignkey")
        table.drop_index("ix_task_instance")
        table.create_index("ix_task_instance", ["instance_id"])
        table.drop_index("ix_task_done")
        table.create_index(
            "ix_task_done", ["completed_by_id", "completed_at"], sqlite_where=_DONE, postgresql_where=_DONE
        )
