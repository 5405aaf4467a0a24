"""Somebody before a browser that speaks real HTTP: the same pages and buttons, over a line that may break."""

from dataclasses import dataclass
from http.client import HTTPException
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

from tests.acceptance.page import Fields, Page
from tests.acceptance.person import FORM, PASSWORD, encoded

# What a broken line raises; nobody knows then whether the act was done.
BROKEN = (OSError, HTTPException)
SECONDS = 60


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Give the redirect itself; the visitor follows it."""
        return


@dataclass
class Answer:
    """What a page needs of an answer."""

    status_code: int
    text: str
    mimetype: str
    location: str = ""


class Visitor:
    """One browser: its cookies go to whatever web process it is told to ask."""

    def __init__(self, login: str, address: str) -> None:
        self.login = login
        # Another process of the same installation may be put here at any time.
        self.address = address
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()), _Stay())

    def log_in(self, password: str = PASSWORD) -> Page:
        """Log in on the login page."""
        page = self.visit("/login")
        return page.fill("Tên đăng nhập", self.login).fill("Mật khẩu", password).press("Đăng nhập")

    def visit(self, address: str) -> Page:
        """Ask for a page."""
        return self._go(address)

    def post(self, address: str, fields: Fields, came_from: str) -> Page:
        """Send a form and give the page it leads to."""
        return self._go(address, came_from, fields)

    def send(self, address: str, fields: Fields, came_from: str, kind: str = FORM) -> Answer:
        """Send a form and give the answer, not the page it leads to."""
        body, sent_as = encoded(fields, kind)
        return self._ask(address, came_from, body, sent_as)

    def _go(
        self, address: str, came_from: str | None = None, fields: Fields | None = None, kind: str = FORM
    ) -> Page:
        asked = came_from or ""
        answer = self._ask(address, came_from) if fields is None else self.send(address, fields, asked, kind)
        if answer.status_code in (301, 302, 303):
            parts = urlsplit(urljoin(self.address + address, answer.location))
            query = f"?{parts.query}" if parts.query else ""
            return self._go(parts.path + query, came_from)
        return Page(answer, address, self._go)  # type: ignore[arg-type]

    def _ask(
        self, address: str, came_from: str | None, body: bytes | None = None, sent_as: str = FORM
    ) -> Answer:
        headers = {"Referer": self.address + came_from} if came_from else {}
        if body is not None:
            headers |= {"Origin": self.address, "Content-Type": sent_as}
        request = Request(self.address + address, data=body, headers=headers)
        try:
            with self._opener.open(request, timeout=SECONDS) as response:
                return self._answer(response)
        except HTTPError as error:
            with error:
                return self._answer(error)

    @staticmethod
    def _answer(response: Any) -> Answer:
        text = response.read().decode()
        return Answer(
            response.status, text, response.headers.get_content_type(), response.headers["Location"] or ""
        )
