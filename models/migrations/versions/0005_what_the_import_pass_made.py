"""A version keeps beside its drawing what the import pass made of it and what the check said."""

import sqlalchemy as sa
from alembic import op

from models import types

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("process_version", sa.Column("mended_xml", sa.Text(), nullable=True))
    op.add_column("process_version", sa.Column("notes", types.Json(), nullable=True))
