"""Draft the next migration: `python -m models "add the calendar"` compares the tables with the migrations.

Read what it wrote before committing it: a rename looks like a loss, data is never moved by itself, and of two
tables that refer to each other (`use_alter`) PostgreSQL needs one reference made afterwards, as in 0001.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command

from models.database import MIGRATIONS, make_engine, migration_settings, upgrade


def main(message: str) -> None:
    """Write `models/migrations/versions/<number>_<message>.py`."""
    number = len(list((MIGRATIONS / "versions").glob("[0-9]*.py"))) + 1
    with TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'draft.db'}")
        upgrade(engine)
        with engine.connect() as connection:
            settings = migration_settings(connection)
            settings.set_main_option("file_template", "%%(rev)s_%%(slug)s")
            command.revision(settings, message, autogenerate=True, rev_id=f"{number:04d}")
        engine.dispose()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
