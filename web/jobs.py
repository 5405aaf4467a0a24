"""Which jobs the worker has in this product, and how often each looks for what is due."""

from collections.abc import Callable
from functools import partial

from web.composition import Composition
from workflows.commands.due import events, ladder, timers
from workflows.commands.evidence.printing import print_pending
from workflows.commands.operating import migration
from workflows.commands.operating.watchdog import watch
from workflows.commands.work.notes import drop_old_drafts
from workflows.notify.channels.email import EmailChannel
from workflows.notify.delivery import deliver_due
from workflows.notify.digest import gather_digests
from workflows.queries.demonstration import demonstration_of
from workflows.records import sealing
from workflows.records.sealing import seal_due
from workflows.scheduler import Begin, Job, Worker, in_one_work, row_by_row
from workflows.unit_of_work import begin_work

# Deadlines are to the minute; nobody should wait for the worker any longer than for a page.
SOON = 5.0
# Nothing about a morning is urgent to the second.
CALMLY = 60.0
# Between rounds it is seen that the visitor has waited long enough: one timer may open a whole class, and the worker
# writes at the same time.
AT_A_GLANCE = 2
# Two minutes.
BEATS_HELD = 24
# Instances whose state the watchdog reads in a minute: a city's in two hours, at a third of a second each time.
WATCHED_AT_ONCE = 1000


def worker_of(parts: Composition) -> Worker:
    """Put the worker together; mail leaves the house only where a server is configured."""
    begin = _begin(parts)
    migrate = row_by_row(begin, migration.due_migrations, migration.migrate_batch, migration.postpone)
    jobs = [
        *_of_the_clock(begin),
        Job("seals", CALMLY, in_one_work(begin, seal_due), limit=sealing.ENTRIES_AT_ONCE),
        Job("documents", CALMLY, partial(print_pending, parts.read_sessions, begin), limit=5),
        Job("watchdog", CALMLY, watch_one_by_one(parts, begin), limit=WATCHED_AT_ONCE),
        # One batch of one migration a round.
        Job("migrations", SOON, migrate, limit=1),
        Job("drafts", CALMLY, in_one_work(begin, drop_old_drafts), limit=500),
        Job("digests", CALMLY, in_one_work(begin, gather_digests), limit=500),
    ]
    if parts.config.mail is not None:
        channel = EmailChannel(parts.config.mail)
        send = partial(deliver_due, begin, channel, parts.config.base_url)
        jobs.append(Job("mails", SOON, to_real_people(parts, after_the_ladder(begin, send))))
    return Worker(jobs)


def clockwork_of(parts: Composition) -> Worker:
    """Put together only what waits for an instant, for a visitor who moved the clock and wants to see it."""
    return Worker(_of_the_clock(_begin(parts), limit=AT_A_GLANCE))


def _of_the_clock(begin: Begin, limit: int = 50) -> list[Job]:
    fire = row_by_row(begin, timers.due_timers, timers.fire_one, timers.postpone)
    climb = row_by_row(begin, ladder.due_rungs, ladder.climb_one, ladder.postpone)
    bring = row_by_row(begin, events.due_events, events.deliver_one, events.postpone)
    return [
        Job("timers", SOON, fire, limit=limit),
        Job("ladder", SOON, climb, limit=limit),
        Job("events", SOON, bring, limit=limit),
    ]


def _begin(parts: Composition) -> Begin:
    return partial(begin_work, parts.sessions, parts.engine, parts.clock)


def watch_one_by_one(parts: Composition, begin: Begin) -> Callable[[int], int]:
    """Let the watchdog look once a beat, however much it finds: it goes on at the next one."""

    def run(limit: int) -> int:
        watch(parts.read_sessions, begin, limit)
        return 0

    return run


def to_real_people(parts: Composition, send: Callable[[int], int]) -> Callable[[int], int]:
    """Keep the mails of a demonstration in the house unless its operator wants them."""

    def run(limit: int) -> int:
        if parts.config.demo_mails:
            return send(limit)
        # Read anew: the store may have been made since this process began.
        with parts.read_sessions() as session:
            invented = demonstration_of(session) is not None
        return 0 if invented else send(limit)

    return run


def after_the_ladder(begin: Begin, send: Callable[[int], int]) -> Callable[[int], int]:
    """Hold mails back while the ladder still climbs, so that tasks due at one instant come as one mail.

    Not for ever: a ladder that does not get on must not stop the mails.
    """
    held = 0

    def run(limit: int) -> int:
        nonlocal held
        with begin() as work:
            climbing = bool(ladder.due_rungs(work, 1))
        if climbing and held < BEATS_HELD:
            held += 1
            return 0
        held = 0
        return send(limit)

    return run
