"""The pages that bring running instances to another version: chosen, tried dry, started, followed, stopped."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response as AnyResponse

from models.migration import Migration, MigrationState
from models.process import ProcessDefinition, ProcessVersion
from web import typed
from web.access import access, administrator
from web.administration import operations_words as words
from web.administration.unit_page import given_fields
from web.composition import composition
from web.errors import status_of
from web.repeated import leads_to, refuse_done_before
from web.request_work import current_actor, posted_key, read_session, request_work
from web.work import journal_words
from workflows.commands.operating import migration as commands
from workflows.commands.operating.migration import Verdict
from workflows.errors import AlreadyDone, NotPermitted, ReasonMissing, Refusal, ValueTooLong
from workflows.errors.operating import MappingOfAnotherKind, VersionOfAnother
from workflows.queries import procedures
from workflows.queries.operating import migrations as queries
from workflows.queries.operating.instances import InstanceRow, rows_of

bp = Blueprint("migrations", __name__, url_prefix="/procedures/<key>")

SCOPES = ("all", "unit", "chosen")
# Instances that one look of a dry run tries at most; it ends early when so many cannot move.
TRIED, LISTED = 500, 50
# Instances that are tried by one statement.
AT_ONCE = 50
# Instances that an order can name; more go as "all".
NAMED = 10_000
# Wrong numbers of which each gets a sentence, and chosen runs that are listed.
NAMED_WRONG, SHOWN = 20, 25
REPLACES = "replaces."


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: from which version to which, which instances (None: all), what replaces what."""

    definition: ProcessDefinition
    source: ProcessVersion
    target: ProcessVersion | None
    scope: str
    unit_id: int | None
    chosen: str
    ids: Sequence[int] | None
    replaced: Mapping[str, str]
    # What is wrong with the numbers that were given, a sentence each.
    wrong: Sequence[str] = ()


@dataclass(slots=True)
class Trial:
    """What a dry run found: how many were tried, who cannot move, and what begins or ceases to wait."""

    tried: int = 0
    total: int = 0
    refused: list[Verdict] = field(default_factory=list)
    appeared: set[str] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    next: int | None = None

    @property
    def obstacles(self) -> list[tuple[str, Refusal, int]]:
        """What keeps them, each element and reason once with the number of those it keeps."""
        alike: dict[tuple[str, type[Refusal]], list[Refusal]] = {}
        for one in self.refused:
            for refusal in one.obstacles:
                alike.setdefault((_element_of(refusal), type(refusal)), []).append(refusal)
        return [(element_id, some[0], len(some)) for (element_id, _), some in alike.items()]

    @property
    def moving(self) -> int:
        """How many of those that were tried can move."""
        return self.tried - len(self.refused)

    @property
    def whole(self) -> bool:
        """Whether each of the chosen ones was tried in this one look."""
        return self.tried == self.total


def _element_of(refusal: Refusal) -> str:
    return str(refusal.params.get("element", ""))


@bp.get("/versions/<int:number>/migrate")
@access(administrator)
def plan(key: str, number: int) -> str | tuple[str, int]:
    """Ask which instances go where; with an answer in the address, say for each whether it can."""
    order = _order(key, number)
    if order.target is None:
        no_version = VersionOfAnother() if request.args.get("to") else None
        return (_page(order, problems={"to": no_version}), 422) if no_version else _page(order)
    fitting, unfit = _fitting(order)
    if unfit is not None:
        order = replace(order, replaced=fitting)
        return _page(order, _trial(order, 0), {"": unfit}), status_of(type(unfit))
    try:
        return _page(order, _trial(order, typed.asked_number("after") or 0))
    except NotPermitted:
        raise
    except Refusal as refusal:
        return _page(order, problems={"": refusal}), status_of(type(refusal))


@bp.post("/versions/<int:number>/migrate")
@access(administrator)
@leads_to(
    lambda entry, key, number: url_for("migrations.show", key=key, migration_id=entry.details["migration"])
)
def start(key: str, number: int) -> AnyResponse | tuple[str, int]:
    """Begin a migration, with the reason; the answer is its page."""
    refuse_done_before()
    order = _order(key, number)
    target = order.target
    if target is None:
        return _page(order, problems={"to": VersionOfAnother()}), 422
    try:
        with request_work() as work:
            made = commands.begin_migration(
                work,
                actor=current_actor(work),
                from_version_id=order.source.id,
                to_version_id=target.id,
                reason=given_fields("reason")["reason"],
                instance_ids=order.ids,
                mapping=order.replaced,
                request_key=posted_key(),
            )
            address = url_for("migrations.show", key=key, migration_id=made.id)
    except (AlreadyDone, NotPermitted):
        raise
    except Refusal as refusal:
        return _refused(key, number, refusal)
    flash(gettext("The migration has begun."), "success")
    return redirect(address, 303)


@bp.get("/migrations/<int:migration_id>")
@access(administrator)
def show(key: str, migration_id: int) -> str:
    """Show how far a migration has come, and what stays on its version."""
    return _progress(_made(key, migration_id))


@bp.get("/migrations/<int:migration_id>/figures")
@access(administrator)
def figures(key: str, migration_id: int) -> Response:
    """Give how far it is, alone, for the page that asks again by itself; once it has ended the page is loaded anew."""
    made = _made(key, migration_id)
    page = render_template(
        "operations/_migration_figures.html", made=made, definition=made.from_version.definition
    )
    ended = made.state is not MigrationState.RUNNING
    return make_response(page, {"HX-Refresh": "true"} if ended else {})


@bp.post("/migrations/<int:migration_id>/stop")
@access(administrator)
def stop(key: str, migration_id: int) -> AnyResponse | tuple[str, int]:
    """Stop a migration under way; what has moved stays moved."""
    made = _made(key, migration_id)
    if made.state is not MigrationState.RUNNING:
        flash(gettext("The migration has ended already."), "info")
        return redirect(url_for("migrations.show", key=key, migration_id=migration_id), 303)
    try:
        with request_work() as work:
            commands.stop_migration(
                work,
                actor=current_actor(work),
                migration_id=made.id,
                reason=given_fields("reason")["reason"],
            )
    except (ReasonMissing, ValueTooLong) as refusal:
        return _progress(_made(key, migration_id), refusal), status_of(type(refusal))
    flash(gettext("The migration is stopped. What has moved stays moved."), "success")
    return redirect(url_for("migrations.show", key=key, migration_id=migration_id), 303)


def _order(key: str, number: int) -> Order:
    reading = read_session()
    definition = procedures.definition_of(reading, key)
    source = procedures.version_of(reading, definition.id, number)
    asked = typed.read_id(request.values.get("to", "")) or 0
    versions = procedures.versions_of(reading, definition.id)
    target = next((row.version for row in versions if row.version.number == asked), None)
    scope = typed.choice("scope", SCOPES, "chosen" if request.values.get("chosen") else "all")
    unit_id = typed.read_id(request.values.get("unit", ""))
    chosen = typed.tidy(request.values.get("chosen", ""))[: NAMED * 20]
    ids: Sequence[int] | None = None
    wrong: Sequence[str] = ()
    if scope == "unit":
        ids = queries.ids_in(reading, source.id, unit_id or 0, NAMED)
    elif scope == "chosen":
        ids, wrong = _numbered(source, chosen)
    target = None if target == source else target
    return Order(definition, source, target, scope, unit_id, chosen, ids, _replaced(), wrong)


def _fitting(order: Order) -> tuple[Mapping[str, str], Refusal | None]:
    """Give the replacements that can be meant, and what is wrong with the first of the others."""
    assert order.target is not None
    engine, target = composition().engine, order.target.id
    fitting = {
        old: new
        for old, new in order.replaced.items()
        if new in engine.replacing(order.source.id, target, old, order.replaced)
    }
    wrong = next((old for old in order.replaced if old not in fitting), None)
    if wrong is None:
        return fitting, None
    before, after = (journal_words.Facts(engine.specification(one), {}) for one in (order.source.id, target))
    refusal = MappingOfAnotherKind(old=before.step(wrong), new=after.step(order.replaced[wrong]))
    return fitting, refusal


def _numbered(source: ProcessVersion, chosen: str) -> tuple[Sequence[int], list[str]]:
    """Give those of the numbers that run on a version, and a sentence for each of the others."""
    reading = read_session()
    given = list(dict.fromkeys(one for one in re.split(r"[\s,;]+", chosen) if one))[:NAMED]
    meant = {one: typed.read_id(one.lstrip("#")) for one in given}
    ids = queries.ids_among(reading, source.id, sorted({number for number in meant.values() if number}))
    moving = set(ids)
    left = {one: number for one, number in meant.items() if number not in moving}
    rows = {
        row.id: row for row in rows_of(reading, [number for number in left.values() if number][:NAMED_WRONG])
    }
    wrong = [words.not_on_version(one, rows.get(number or 0), source.id) for one, number in left.items()]
    if len(wrong) > NAMED_WRONG:
        more = len(wrong) - NAMED_WRONG
        wrong = [
            *wrong[:NAMED_WRONG],
            ngettext("%(num)d more number is wrong.", "%(num)d more numbers are wrong.", more),
        ]
    return ids, wrong


def _replaced() -> dict[str, str]:
    """Read which elements replace others."""
    found = {name.removeprefix(REPLACES): typed.tidy(value) for name, value in request.values.items()}
    return {name: found[name] for name in found if f"{REPLACES}{name}" in request.values and found[name]}


def _trial(order: Order, after: int) -> Trial:
    """Try the next instances without touching anything."""
    assert order.target is not None
    trial = Trial(next=after)
    with request_work() as work:
        while trial.next is not None and trial.tried < TRIED and len(trial.refused) < LISTED:
            page = commands.plan(
                work,
                actor=current_actor(work),
                from_version_id=order.source.id,
                to_version_id=order.target.id,
                instance_ids=order.ids,
                mapping=order.replaced,
                after=trial.next,
                limit=AT_ONCE,
            )
            trial.tried, trial.total, trial.next = trial.tried + len(page.verdicts), page.total, page.next
            for one in page.verdicts:
                if not one.moves:
                    trial.refused.append(one)
                trial.appeared.update(one.appeared)
                trial.dropped.update(one.dropped)
                trial.absent.update(one.absent)
    return trial


def _refused(key: str, number: int, refusal: Refusal) -> tuple[str, int]:
    at = "reason" if isinstance(refusal, ReasonMissing | ValueTooLong) else ""
    order = _order(key, number)
    try:
        trial = _trial(order, 0)
    except NotPermitted:
        raise
    except Refusal:
        trial = None
    return _page(order, trial, {at: refusal}), status_of(type(refusal))


def _page(order: Order, trial: Trial | None = None, problems: Mapping[str, Refusal] | None = None) -> str:
    reading, engine = read_session(), composition().engine
    before = journal_words.Facts(engine.specification(order.source.id), {})
    after = journal_words.Facts(engine.specification(order.target.id), {}) if order.target else before
    versions = procedures.versions_of(reading, order.definition.id)
    refused = trial.refused if trial else []
    kept = {_element_of(obstacle) for one in refused for obstacle in one.obstacles}
    missing = {one for one in kept if one} | set(order.replaced)
    offered = {}
    for one in missing:
        target_id = order.target.id if order.target else order.source.id
        ids = engine.replacing(order.source.id, target_id, one, order.replaced)
        offered[one] = [(new, after.step(new)) for new in sorted(ids, key=after.step)]
    return render_template(
        "operations/migrate.html",
        words=words,
        reason_of=lambda refusal: words.reason((refusal.__doc__ or "").strip(), refusal.params, before.step),
        order=order,
        chosen=list(_rows(order.ids[:SHOWN]).values()) if order.scope == "chosen" and order.ids else (),
        definition=order.definition,
        targets=[row.version for row in versions if row.version.id != order.source.id],
        running=next(row.running for row in versions if row.version.id == order.source.id),
        units=queries.units_of(reading, order.source.id),
        trial=trial,
        staying=queries.staying_below(reading, order.source.id, order.ids) if trial and order.ids else 0,
        rows=_rows([one.instance_id for one in refused]),
        element_of=_element_of,
        missing=sorted(missing),
        offered=offered,
        name_of=before.step,
        name_in_target=after.step,
        problems=problems or {},
        given=request.form,
        query={name: value for name, value in request.args.items() if name != "after" and value},
    )


def _progress(made: Migration, refusal: Refusal | None = None) -> str:
    after = typed.asked_number("after")
    refusals, following = queries.refusals_of(read_session(), made.id, after=after or 0)
    specification = composition().engine.specification(made.from_version_id)
    return render_template(
        "operations/migration.html",
        words=words,
        made=made,
        staying=queries.staying_below(read_session(), made.from_version_id, made.chosen)
        if made.chosen
        else 0,
        definition=made.from_version.definition,
        refusals=refusals,
        rows=_rows([one.instance_id for one in refusals]),
        first=after is None,
        following=following,
        name_of=journal_words.Facts(specification, {}).step,
        problem=refusal,
        given=request.form,
    )


def _rows(instance_ids: Sequence[int]) -> dict[int, InstanceRow]:
    return {row.id: row for row in rows_of(read_session(), instance_ids)}


def _made(key: str, migration_id: int) -> Migration:
    made = queries.migration_of(read_session(), migration_id)
    if made.from_version.definition.key != key:
        abort(404)
    return made
