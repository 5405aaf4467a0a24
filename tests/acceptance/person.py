"""Somebody with a browser and an account: logs in, looks at the inbox, opens tasks, sends forms."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from werkzeug.test import encode_multipart

from tests.acceptance.page import Fields, Page, words_of

HOST = "http://localhost"
PASSWORD = "mật khẩu thử nghiệm"
# How a form without files is sent.
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Sent:
    """One request that somebody made, to be tried again by somebody who may not."""

    address: str
    fields: Fields | None = None


@dataclass
class Person:
    """A browser of its own on the application; `trail` keeps every request that was made."""

    app: Flask
    login: str
    trail: list[Sent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._client = self.app.test_client()

    def log_in(self, password: str = PASSWORD) -> Page:
        """Log in on the login page."""
        page = self.visit("/login")
        return page.fill("Tên đăng nhập", self.login).fill("Mật khẩu", password).press("Đăng nhập")

    def visit(self, address: str) -> Page:
        """Type an address."""
        return self._go(address)

    def open_inbox(self, **query: Any) -> Page:
        """Open the list of what there is to do."""
        page = self.visit(f"/inbox?{urlencode(query)}" if query else "/inbox")
        assert page.status == 200, page
        return page

    def tasks(self) -> list[str]:
        """Give the titles in the inbox, in their order."""
        return [
            words_of(one) for one in self.open_inbox().root.xpath('//a[contains(@class, "task-row-title")]')
        ]

    def task(self, *said: str) -> Page:
        """Open the one task of the inbox whose row says all of this."""
        inbox = self.open_inbox()
        rows = [
            row for row in inbox.root.xpath("//li[@data-row]") if all(one in words_of(row) for one in said)
        ]
        assert len(rows) == 1, (self.login, said, inbox.text)
        return self._go(inbox.absolute(rows[0].xpath(".//a[@data-open]/@href")[0]), came_from=inbox.address)

    def has_task(self, *said: str) -> bool:
        """Tell whether the inbox has a row that says all of this."""
        rows = self.open_inbox().root.xpath("//li[@data-row]")
        return any(all(one in words_of(row) for one in said) for row in rows)

    def _go(
        self,
        address: str,
        came_from: str | None = None,
        fields: Fields | None = None,
        kind: str = FORM,
    ) -> Page:
        headers = {"Referer": HOST + came_from} if came_from else {}
        self.trail.append(Sent(address, fields))
        if fields is None:
            response = self._client.get(address, headers=headers)
        else:
            body, sent_as = encoded(fields, kind)
            headers["Origin"] = HOST
            response = self._client.post(address, data=body, content_type=sent_as, headers=headers)
        if response.status_code in (301, 302, 303):
            return self._go(response.location.removeprefix(HOST).partition("#")[0], came_from=came_from)
        return Page(response, address, self._go)


def encoded(fields: Fields, kind: str) -> tuple[bytes, str]:
    """Write a form as a browser sends it, and give what kind of text that is."""
    if kind != "multipart/form-data":
        return urlencode(list(fields.items(multi=True))).encode(), kind
    for _, value in fields.items(multi=True):
        if hasattr(value, "stream"):
            value.stream.seek(0)
    boundary, body = encode_multipart(fields)
    return body, f"multipart/form-data; boundary={boundary}"
