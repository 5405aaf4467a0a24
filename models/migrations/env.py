"""Runs migrations on the connection that `models.database` hands over, SQLite and PostgreSQL alike."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

import models
from models.base import Base

# Every table is known to the metadata once its module is imported; a new module needs no line here.
for module in iter_modules(models.__path__):
    if module.name not in ("migrations", "__main__"):
        import_module(f"models.{module.name}")


def render(kind: str, subject: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write our own column types by their names in `models.types`."""
    if kind == "type" and type(subject).__module__ == "models.types":
        autogen.imports.add("from models import types")
        return f"types.{type(subject).__name__}()"
    return False


connection = context.config.attributes["connection"]
if connection is None:
    raise RuntimeError("Migrations run through models.database.upgrade")

context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    # SQLite cannot alter a column: the table is written anew.
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=render,
)
with context.begin_transaction():
    context.run_migrations()
