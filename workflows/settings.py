"""Values that all processes on one database share, and the right to change one of them."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from models.calendar import Setting
from models.database import HELD


def lock_setting(session: Session, key: str, first: Callable[[], Mapping[str, Any]]) -> dict[str, Any] | None:
    """Take a value until the transaction ends, adding the first one if there is none.

    Gives None while another process has it, so that of several workers one does the work and none waits.
    """
    query = select(Setting.value).where(Setting.key == key)
    if session.scalar(query) is None:
        # Another process may be adding the same row at this moment.
        session.execute(
            text("INSERT INTO setting (key, value) VALUES (:key, :value) ON CONFLICT DO NOTHING"),
            {"key": key, "value": orjson.dumps(first()).decode()},
        )
    return session.scalar(query.with_for_update(skip_locked=True, **HELD))


def store_setting(session: Session, key: str, value: Mapping[str, Any]) -> None:
    """Write the value that `lock_setting` took."""
    session.connection().execute(update(Setting).where(Setting.key == key).values(value=dict(value)))
