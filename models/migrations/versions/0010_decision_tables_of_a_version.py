"""A version keeps the decision tables it runs with, and a draft those it will."""

import sqlalchemy as sa
from alembic import op

from models import types

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    for table in ("process_version", "process_draft"):
        op.add_column(table, sa.Column("decisions", types.Json(), nullable=True))
