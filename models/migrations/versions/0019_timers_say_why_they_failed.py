"""Timers that failed keep why, and when they were due by the drawing."""

import sqlalchemy as sa
from alembic import op

from models import types

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("timer", sa.Column("drawn_at", types.Instant(), nullable=True))
    op.add_column("timer", sa.Column("failure", types.Json(), nullable=True))
