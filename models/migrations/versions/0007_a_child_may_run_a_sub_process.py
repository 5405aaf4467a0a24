"""A child may run a sub-process of its parent's diagram."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    for table in ("process_instance", "child_group"):
        op.add_column(table, sa.Column("area", sa.String(length=120), nullable=False, server_default=""))
