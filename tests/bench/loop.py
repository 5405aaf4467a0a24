"""Whether a long life costs more: a return in round 2,000 against one in round 2, and a chain of 1,000 steps."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from tests.bench.figures import Figure, Progress
from tests.bench.stores import Stores, kinds, settle
from tests.cast import World, build_world
from tests.conftest import MONDAY, Store
from tests.engine.diagrams import definitions, element, end, flow, line, start, user
from workflows.actor import actor_of
from workflows.clock import FixedClock
from workflows.commands.running.terms import local_date
from workflows.commands.work import tasks
from workflows.commands.work.answers import Answer
from workflows.unit_of_work import UnitOfWork

RETURNS = (
    '<bpmn:extensionElements><rs:outcome key="done" label="Xong"/>'
    '<rs:outcome key="again" label="Trả lại" style="return" reason="required"/></bpmn:extensionElements>'
)


@dataclass(frozen=True, slots=True)
class Size:
    """The late round, how many rounds are measured, and the steps of the chain."""

    late_round: int
    samples: int
    chain: int


FULL, QUICK, TINY = Size(2_000, 40, 1_000), Size(400, 15, 300), Size(4, 2, 5)


def run(stores: Stores, size: Size, progress: Progress) -> Iterator[Figure]:
    """Measure on each database."""
    for kind in kinds():
        with stores.empty(kind) as store:
            yield from _rounds(store, size, progress)
        with stores.empty(kind) as store:
            yield from _chain(store, size, progress)


def _drawing() -> str:
    body = start() + element("exclusiveGateway", "back") + user("review", rs__assignee="head()")
    body += user("approve", RETURNS, rs__assignee="head()")
    body += element("exclusiveGateway", "decided", default="accepted") + end()
    flows = flow("s", "back", "review", "approve", "decided") + flow("decided", "e", name="accepted")
    return definitions(
        body + flows + flow("decided", "back", when="outcome == 'again'"), key="looped"
    ).decode()


def _rounds(store: Store, size: Size, progress: Progress) -> Iterator[Figure]:
    world = build_world(store, FixedClock(MONDAY), pupils=0)
    world.publish("looped", _drawing())
    old = _Case(world, "looped")
    for number in range(size.late_round - size.samples):
        old.round()
        progress.show(f"loop {store.kind}", number, size.late_round)
    settle(store)
    late, early = [], []
    for _ in range(size.samples):
        young = _Case(world, "looped")
        young.round()
        early.append(young.round())
        late.append(old.round())
    ratio = median(one / other for one, other in zip(late, early, strict=True))
    yield Figure("loop", store.kind, f"round_{size.late_round}_to_2", round(ratio, 3), "1", "about 1")
    yield Figure("loop", store.kind, "ms_of_a_round", round(median(late) * 1000, 3), "ms")


def _chain(store: Store, size: Size, progress: Progress) -> Iterator[Figure]:
    world = build_world(store, FixedClock(MONDAY), pupils=0)
    steps = [(f"a{number}", user(f"a{number}", rs__assignee="head()")) for number in range(size.chain)]
    begun = perf_counter()
    world.publish("p", line(*steps).decode())
    yield Figure("loop", store.kind, "publish_chain_ms", round((perf_counter() - begun) * 1000, 1), "ms")
    case, times = _Case(world, "p"), []
    for number in range(size.chain):
        times.append(case.step("done"))
        progress.show(f"chain {store.kind}", number, size.chain)
    part = max(size.chain // 10, 1)
    ratio = median(times[-part:]) / median(times[:part])
    yield Figure("loop", store.kind, f"last_to_first_of_{size.chain}", round(ratio, 3), "1", "about 1")


class _Case:
    """One instance, and the head who does every step of it."""

    def __init__(self, world: World, key: str) -> None:
        self._world = world
        self._instance_id = world.begin(key)

    def round(self) -> float:
        """Review, and return it; give the seconds."""
        return self.step("done") + self.step("again", "chưa đủ")

    def step(self, outcome: str, reason: str = "") -> float:
        """Complete the open step; give the seconds of the act alone."""
        world = self._world
        (task,) = world.open_tasks(instance_id=self._instance_id)
        today = local_date(world.clock.now())

        def act(work: UnitOfWork) -> None:
            actor = actor_of(work.connection, world.people["principal"], today)
            tasks.complete(work, task_id=task.id, actor=actor, answer=Answer(outcome, {}, reason))

        begun = perf_counter()
        world.do(act)
        return perf_counter() - begun
