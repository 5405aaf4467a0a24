"""People who go on working while processes die: each act is sent again, with the same key, until it is answered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from threading import Event, Thread
from time import sleep
from uuid import uuid4

from werkzeug.datastructures import MultiDict

from tests.acceptance.page import Page
from tests.faults.visitor import BROKEN, Visitor

# How long an impatient hand waits before it presses again.
AGAIN_SECONDS = 0.2
# Between two acts: whose processor is all taken by people would see little of the clock's work.
THINKING_SECONDS = 0.03


@dataclass
class Act:
    """One thing that somebody did, as the person remembers it."""

    what: str
    subject: int
    address: str
    fields: dict[str, str]
    key: str = field(default_factory=lambda: uuid4().hex)
    tries: int = 0
    # The status of the answer that arrived.
    answer: int = 0

    @property
    def journal_key(self) -> str:
        """The key under which the journal has it (`web.work.task_acts.act_key`)."""
        number = self.subject if self.what in ("approve", "reopen") else 0
        return sha256(f"{self.key}:{self.what}:{number}".encode()).hexdigest()


class Worker:
    """Somebody who works in a thread; `addresses` are asked in turn, as behind a proxy."""

    def __init__(self, login: str, addresses: Sequence[str], acts: Callable[[int], Act]) -> None:
        self.journal: list[Act] = []
        self._addresses = addresses
        self._acts = acts
        self._visitor = Visitor(login, addresses[0])
        self._stopping = Event()
        # One who gets no answer any more must not keep the test run alive.
        self._thread = Thread(target=self._work, name=login, daemon=True)
        self.error: BaseException | None = None

    def start(self, page_address: str) -> "Worker":
        """Log in, look at the page whose forms will be sent, and begin."""
        self._visitor.log_in()
        self._page: Page = self._visitor.visit(page_address)
        assert self._page.status == 200, self._page
        self._thread.start()
        return self

    def ask_to_stop(self) -> None:
        """Begin no other act."""
        self._stopping.set()

    def stop(self) -> None:
        """Finish the act under way and stop; raises what went wrong."""
        self.ask_to_stop()
        self._thread.join()
        if self.error is not None:
            raise self.error

    def _work(self) -> None:
        try:
            for number in count():
                if self._stopping.is_set():
                    return
                act = self._acts(number)
                self.journal.append(act)
                self._send(act)
                sleep(THINKING_SECONDS)
        except BaseException as error:  # noqa: BLE001
            # The thread's own traceback would be lost.
            self.error = error

    def _send(self, act: Act) -> None:
        token = self._page.root.xpath('//meta[@name="csrf-token"]/@content')[0]
        fields = MultiDict({"csrf_token": token, "request_key": act.key, **act.fields})
        while True:
            self._visitor.address = self._addresses[act.tries % len(self._addresses)]
            act.tries += 1
            try:
                answer = self._visitor.send(act.address, fields, self._page.address)
            except BROKEN:
                sleep(AGAIN_SECONDS)
                continue
            if answer.status_code == 503:
                sleep(AGAIN_SECONDS)
                continue
            act.answer = answer.status_code
            assert act.answer == 303, (act, answer.text[:2000])
            return


def commenting(task_id: int) -> Callable[[int], Act]:
    """Write one comment after another on a task."""
    return lambda number: Act(
        "comment", task_id, f"/tasks/{task_id}/comment", {"comment": f"Ý kiến {uuid4().hex}"}
    )


def deciding(task_id: int, pupil_ids: Sequence[int]) -> Callable[[int], Act]:
    """Approve each pupil of a class in turn, then take each approval back, again and again."""

    def act(number: int) -> Act:
        what = "approve" if number // len(pupil_ids) % 2 == 0 else "reopen"
        pupil_id = pupil_ids[number % len(pupil_ids)]
        return Act(what, pupil_id, f"/tasks/{task_id}/pupils/{pupil_id}", {"act": what})

    return act
