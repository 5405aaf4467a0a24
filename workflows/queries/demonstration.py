"""What a demonstration shows on its login page; its data left it in the settings."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.calendar import Setting
from models.task import Task, TaskState

ACCOUNTS = "demo_accounts"


def demonstration_of(session: Session) -> dict[str, Any] | None:
    """Give password and account groups of a demonstration, or None where the data is real.

    `{"password", "groups": [{"label", "label_en", "accounts": [{"login", "name", "what", "what_en"}]}]}`
    """
    setting = session.get(Setting, ACCOUNTS)
    return setting.value if setting else None


def is_offered(session: Session, login: str) -> bool:
    """Tell whether the login page of a demonstration offers this account to everybody."""
    demonstration = demonstration_of(session)
    if demonstration is None:
        return False
    return any(one["login"] == login for group in demonstration["groups"] for one in group["accounts"])


def next_due(session: Session, after: datetime) -> datetime | None:
    """Give when the next open task falls due; None when nothing does."""
    due = select(func.min(Task.due_at)).where(Task.state == TaskState.OPEN, Task.due_at > after)
    return session.scalar(due)
