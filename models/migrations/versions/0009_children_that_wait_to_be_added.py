"""Children of a large group that wait for the worker to add them."""

import sqlalchemy as sa
from alembic import op

from models import types

revision = "0009"
down_revision = "0008"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "waiting_children",
        sa.Column("id", _ID, sa.Identity(always=False), nullable=False),
        sa.Column("group_id", _ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("items", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["child_group.id"], name=op.f("fk_waiting_children_group_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_children")),
    )
    op.create_index("ix_waiting_children_group", "waiting_children", ["group_id", "position"])
