"""Accounts that a demonstration offers on its login page, as its data left them in the settings."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from models.calendar import Setting

ACCOUNTS = "demo_accounts"


@dataclass(frozen=True, slots=True)
class DemonstrationAccount:
    """One account with its password, which is no secret in a demonstration."""

    login: str
    password: str
    name: str
    role: str
    unit: str = ""


def demonstration_accounts(session: Session) -> list[tuple[str, list[DemonstrationAccount]]]:
    """List the accounts by role, in the order in which the demonstration put them."""
    setting = session.get(Setting, ACCOUNTS)
    groups: dict[str, list[DemonstrationAccount]] = {}
    for entry in setting.value.get("accounts", []) if setting else []:
        account = _account(entry)
        groups.setdefault(account.role, []).append(account)
    return list(groups.items())


def _account(entry: Mapping[str, str]) -> DemonstrationAccount:
    return DemonstrationAccount(
        login=entry["login"],
        password=entry["password"],
        name=entry["name"],
        role=entry.get("role", ""),
        unit=entry.get("unit", ""),
    )
