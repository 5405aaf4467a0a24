"""A real browser on the application: a server in a thread, a hand whose moves are counted, and what it notices."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any

from flask import Flask
from playwright.sync_api import Error
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.acceptance.person import PASSWORD

AXE = Path(__file__).with_name("axe.min.js")
PHONE, DESKTOP = (390, 844), (1280, 800)
# The machine that runs the tests may be busy.
PATIENCE = 20_000
# A refused form answers with 4xx on purpose; browsers note that as an error of loading.
EXPECTED = re.compile(r"Failed to load resource: .* (401|409|413|422)")


class Quiet(WSGIRequestHandler):
    """Answers without a line for each request."""

    def log_request(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Answer on a port of this host while the block runs; gives the address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    server.daemon_threads = True  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Hand:
    """Somebody before a screen: every tap, key and text that is typed counts as one interaction."""

    page: Any
    base: str
    scripts: bool = True
    moves: int = 0
    troubles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE)
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))

    def _note(self, message: Any) -> None:
        if message.type in ("error", "warning") and not EXPECTED.search(message.text):
            self.troubles.append(message.text)

    def log_in(self, login: str) -> "Hand":
        """Log in; not counted."""
        self.page.goto(f"{self.base}/login")
        self.page.fill("#field-login", login)
        self.page.fill("#field-password", PASSWORD)
        self.page.click(".login form button")
        self.page.wait_for_url("**/inbox*")
        return self

    def go(self, address: str) -> None:
        """Open an address, as from a bookmark or a mail."""
        self.moves += 1
        self.page.goto(self.base + address)

    def tap(self, target: str) -> None:
        """Tap what a selector names, the first if there are several."""
        self.moves += 1
        self.page.locator(target).first.click()

    def press(self, button: str) -> None:
        """Tap a button or link by its words, and wait for the page that follows."""
        self.moves += 1
        # What only screen readers hear stands in a box of its own, so a blank may come before the colon.
        name = re.compile(re.escape(button).replace(":", r"\s*:"))
        found = self.page.get_by_role("button", name=name)
        with self.next_page():
            found.first.click()

    @contextmanager
    def next_page(self) -> Iterator[None]:
        """Wait until what happens in the block has brought another page, or the same one anew."""
        if not self.scripts:
            with self.page.expect_navigation():
                yield
            return
        self.page.evaluate("window.wasHere = true")
        yield
        self.until("!window.wasHere && document.readyState === 'complete'")

    def until(self, condition: str) -> None:
        """Wait for a condition; Playwright's own way of waiting is refused by our policy for scripts."""
        ends = monotonic() + PATIENCE / 1000
        while monotonic() < ends:
            # While pages change there is nothing to ask.
            with suppress(Error):
                if self.page.evaluate(condition):
                    return
            self.page.wait_for_timeout(20)
        raise TimeoutError(condition, self.page.url)

    def type(self, target: str, text: str) -> None:
        """Type into a field."""
        self.moves += 1
        self.page.locator(target).first.fill(text)

    def choose(self, target: str, label: str) -> None:
        """Choose an option."""
        self.moves += 1
        self.page.locator(target).select_option(label=label)

    def key(self, *keys: str) -> None:
        """Press keys one after another."""
        for key in keys:
            self.moves += 1
            self.page.keyboard.press(key)

    def open_task(self, *said: str) -> None:
        """Open the first row of the inbox that says this; whoever is elsewhere goes to the inbox first."""
        if "/inbox" not in self.page.url:
            self.go("/inbox")
        row = self.page.locator("li[data-row]")
        for text in said:
            row = row.filter(has_text=text)
        self.moves += 1
        with self.next_page():
            row.first.locator("a[data-open]").click()

    def violations(self) -> list[str]:
        """Give what axe-core finds on the present page."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{one['id']}: {one['help']} {node['target']} {node['html'][:160]}"
            for one in found["violations"]
            for node in one["nodes"][:3]
        ]

    def keep_shot(self, folder: Path | None, name: str) -> None:
        """Keep a picture of the whole page in a folder, when there is one."""
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            width = self.page.viewport_size["width"]
            self.page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)

    def overflow(self) -> int:
        """Give by how many pixels the page is wider than the screen."""
        width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(self.page.evaluate(width))
