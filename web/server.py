"""Runs the application in this process: brings the store up to date, listens, works beside it, stops in order."""

import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from socket import AI_PASSIVE, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, getaddrinfo, socket
from time import sleep
from typing import Any
from wsgiref.types import WSGIApplication

from sqlalchemy import delete, update
from waitress.server import create_server

from models.base import Base
from models.calendar import Setting
from models.database import make_engine, upgrade
from models.instance import ProcessInstance
from models.only_one import only_one
from web.app import create_app
from web.collecting import keep_what_is_there
from web.composition import Composition, compose, composition
from web.config import Config
from web.demo import campaigns, loading
from web.jobs import worker_of
from web.patience import once_it_answers
from workflows.clock import SystemClock
from workflows.commands.administration import shipping
from workflows.queries.administration.people import is_anybody_there
from workflows.unit_of_work import begin_work

HOUSE = Path(__file__).resolve().parent.parent
BPMN = HOUSE / "bpmn"
# The setting that stands while invented data is being made.
MAKING = "demonstration_in_the_making"
# What shipped drawings left in the store before the data.
KEPT = {"process_definition", "process_version"}
WAITING = "Another process prepares this store; waiting until it is ready."
NOBODY = (
    "Nobody is in this store yet, so nobody can log in. `python3 run.py init` makes the department and its first "
    "administrator; `python3 run.py demo` puts invented data in, to try."
)

# How often a worker looks whether the store has become one of people.
LOOK_SECONDS = 1.0

Say = Callable[[str], None]


class CannotListen(OSError):
    """The address cannot be listened on; the text says why."""


def prepare(config: Config, say: Say = lambda line: None) -> bool:
    """Bring the tables up to date, publish what ships and, where wanted, fill an empty store with invented data.

    Tells whether it filled it. Several processes may prepare one store at once: one does it, the others wait and find
    nothing left to do. Refuses shipped drawings that cannot run.
    """
    parts = compose(config, clock=SystemClock())
    try:
        with only_one(parts.database, lambda: say(WAITING)):
            upgrade(parts.database)
            publish_shipped(parts, BPMN)
            if clear_half_made(parts):
                say("Cleared demonstration data that was only half made.")
            if not is_empty(parts):
                return False
            if not config.wants_demonstration:
                say(NOBODY)
                return False
            say("Making the demonstration data; this happens once and takes about a minute.")
            return load_demonstration(parts)
    finally:
        parts.database.dispose()


def publish_shipped(parts: Composition, folder: Path) -> int:
    """Publish the shipped drawings that are new and give their number."""
    with begin_work(parts.sessions, parts.engine, parts.clock) as work:
        return len(shipping.ship(work, folder))


def is_empty(parts: Composition) -> bool:
    """Tell whether the store has nobody in it yet."""
    with parts.read_sessions() as session:
        return not is_anybody_there(session)


def is_half_made(parts: Composition) -> bool:
    """Tell whether invented data is being made, or was cut off while it was."""
    with parts.read_sessions() as session:
        return session.get(Setting, MAKING) is not None


def load_demonstration(parts: Composition) -> bool:
    """Put the invented province and its campaigns into an empty store; False when it is not empty."""
    with begin_work(parts.sessions, parts.engine, parts.clock) as work:
        if is_anybody_there(work.session):
            return False
        work.session.add(Setting(key=MAKING, value={}))
        loading.load(work.session, parts.clock, parts.passwords)
    campaigns.stage(parts.sessions, parts.engine, parts.clock)
    with begin_work(parts.sessions, parts.engine, parts.clock) as work:
        work.session.execute(delete(Setting).where(Setting.key == MAKING))
    return True


def clear_half_made(parts: Composition) -> bool:
    """Empty a store in which making the demonstration was cut off; False for every other store.

    Only for the one process that prepares the store: then whoever began is gone.
    """
    with begin_work(parts.sessions, parts.engine, parts.clock) as work:
        if work.session.get(Setting, MAKING) is None:
            return False
        work.session.execute(update(ProcessInstance).values(group_id=None))
        for table in reversed(Base.metadata.sorted_tables):
            if table.name not in KEPT:
                work.session.execute(table.delete())
    return True


def require_free(host: str, port: int) -> None:
    """Refuse an address that somebody else listens on, or that is not ours, with CannotListen."""
    try:
        family, kind, _, _, place = getaddrinfo(host, port, type=SOCK_STREAM, flags=AI_PASSIVE)[0]
        with socket(family, kind) as probe:
            if sys.platform != "win32":
                # What the last process left behind is no hindrance; on Windows the option means something else.
                probe.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        raise CannotListen(
            f"Cannot listen on {host} port {port}: {error.strerror}. --host and --port choose others."
        ) from error


def listen(app: WSGIApplication, config: Config, host: str, port: int) -> Any:
    """Make the server, which answers once it is run; port 0 takes any free one."""
    return create_server(
        app,
        host=host,
        port=port,
        threads=config.threads,
        ident="rasoat",
        # Else it throws away what proxies say about the visitor, of which `web.security` believes what it may.
        clear_untrusted_proxy_headers=not config.trusted_proxies,
    )


def serve(config: Config, *, host: str, port: int, with_worker: bool, ready: Callable[[str], None]) -> None:
    """Listen until the process is told to stop; `ready` hears the address once requests are answered."""
    app = once_it_answers(lambda: create_app(config))
    parts = composition(app)
    listening = listen(app, config, host, port)
    worker = worker_of(parts)
    # Stopping by either signal runs what stands under `finally`.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    keep_what_is_there()
    try:
        if with_worker:
            worker.start()
        shown = f"[{host}]" if ":" in host else host
        ready(f"http://{shown}:{listening.effective_port}/")
        with suppress(KeyboardInterrupt):
            listening.run()
    finally:
        worker.stop()
        listening.close()
        parts.database.dispose()


def work(config: Config, say: Say = lambda line: None) -> None:
    """Run the worker alone, on tables that are up to date, until the process is told to stop.

    It begins when somebody is in the store: whether that is a demonstration, whose clock is another, shows then.
    """
    once_it_answers(lambda: bring_up_to_date(config, say))
    once_it_answers(lambda: wait_for_people(config, say))
    parts = once_it_answers(lambda: compose(config))
    try:
        worker = worker_of(parts)
        keep_what_is_there()
        say("The worker runs.")
        worker.run_until_interrupted()
    finally:
        parts.database.dispose()


def wait_for_people(config: Config, say: Say) -> None:
    """Wait until the store has somebody in it and nobody makes its data any more."""
    parts = compose(config, clock=SystemClock())
    told = False
    try:
        while is_empty(parts) or is_half_made(parts):
            if not told:
                say("Nobody is in this store yet; the worker begins when somebody is.")
                told = True
            sleep(LOOK_SECONDS)
    finally:
        parts.database.dispose()


def bring_up_to_date(config: Config, say: Say) -> None:
    """Upgrade the tables, once nobody prepares the store any more."""
    database = make_engine(config.database, config.schema)
    try:
        with only_one(database, lambda: say(WAITING)):
            upgrade(database)
    finally:
        database.dispose()
