"""What a demonstration shows on its login page; its data left it in the settings."""

from typing import Any

from sqlalchemy.orm import Session

from models.calendar import Setting

ACCOUNTS = "demo_accounts"


def demonstration_of(session: Session) -> dict[str, Any] | None:
    """Give password and account groups of a demonstration, or None where the data is real.

    `{"password", "groups": [{"label", "label_en", "accounts": [{"login", "name", "what", "what_en"}]}]}`
    """
    setting = session.get(Setting, ACCOUNTS)
    return setting.value if setting else None
