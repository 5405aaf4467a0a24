"""Addresses inside this application: where we are, where to go back to, and which may be followed at all."""

from typing import Any
from urllib.parse import urlsplit

from flask import request, url_for

from web.identity import signed_in_account


def to(endpoint: str, **values: Any) -> str:
    """Give the address of a route."""
    return url_for(endpoint, **values)


def here() -> str:
    """Give the present address with its query, without the host."""
    return request.full_path.rstrip("?")


def safe(address: str | None) -> str | None:
    """Give the address if it stays on this host, else None: a login page must not send people elsewhere."""
    if not address or not address.startswith("/") or address.startswith("//") or "\\" in address:
        return None
    if any(ord(character) < 32 for character in address):
        return None
    parts = urlsplit(address)
    return None if parts.scheme or parts.netloc else address


def back() -> str | None:
    """Give the page the visitor came from if it is one of ours and not this one."""
    if not request.referrer:
        return None
    parts = urlsplit(request.referrer)
    if parts.netloc != request.host:
        return None
    address = safe(parts.path + (f"?{parts.query}" if parts.query else ""))
    return None if address == here() and request.method == "GET" else address


def home() -> str:
    """Give where a visitor begins."""
    return url_for("frame.home") if signed_in_account() else url_for("login.show")
