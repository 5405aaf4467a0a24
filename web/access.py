"""Who may come to which route at all. A route without a rule keeps the application from starting.

Rights on a single object (this task, that unit) are checked by the commands and queries, inside their transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import Flask, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.organisation import OrganisationUnit, UnitKind
from models.person import Position
from web.identity import signed_in_account
from web.request_work import current_actor, read_session
from workflows.actor import Actor
from workflows.errors import NotPermitted, NotSignedIn
from workflows.errors.accounts import PasswordMustChange
from workflows.queries.procedures import may_manage_procedures

RULE = "access_rule"
# Where somebody may go whose password another person knows: to choose one of their own.
WITH_START_PASSWORD = frozenset({"password.show", "password.change", "login.choose_language"})
View = TypeVar("View", bound=Callable[..., object])


class RouteWithoutRule(RuntimeError):
    """A route does not say who may come to it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may come: anybody when `admits` is None, else whoever is signed in and admitted."""

    name: str
    admits: Callable[[Session, Actor], bool] | None


def _holds_followed_position(reading: Session, actor: Actor) -> bool:
    leading = actor.units_with(Position.HEAD, Position.DEPUTY_HEAD, Position.ADMINISTRATOR)
    officer_at = actor.units_with(Position.OFFICER)
    if leading or not officer_at:
        return bool(leading)
    above_school = select(OrganisationUnit.id).where(
        OrganisationUnit.id.in_(officer_at), OrganisationUnit.kind != UnitKind.SCHOOL
    )
    return reading.scalars(above_school.limit(1)).first() is not None


public = Rule("public", None)
signed_in = Rule("signed_in", lambda reading, actor: True)
# Follows the work of others: heads, and the offices above schools (C8).
follower = Rule("follower", _holds_followed_position)
# Keeps accounts: of the whole department, or as head those of the unit's own people.
keeper = Rule(
    "keeper",
    lambda reading, actor: bool(actor.units_with(Position.HEAD)) or may_manage_procedures(reading, actor),
)
# Keeps the procedures, the units and the people of the whole department.
administrator = Rule("administrator", may_manage_procedures)


def access(rule: Rule) -> Callable[[View], View]:
    """Say who may come to a route; stands below the route's own decorator."""

    def mark(view: View) -> View:
        setattr(view, RULE, rule)
        return view

    return mark


def rule_of(app: Flask, endpoint: str) -> Rule | None:
    """Give the rule of a route, or None when it has none."""
    rule: Rule | None = getattr(app.view_functions[endpoint], RULE, None)
    return rule


def may_visit(rule: Rule) -> bool:
    """Tell whether the present visitor passes a rule."""
    if rule.admits is None:
        return True
    return signed_in_account() is not None and rule.admits(read_session(), current_actor())


def has_start_password() -> bool:
    """Tell whether the visitor's password is one that somebody else gave out."""
    account = signed_in_account()
    return account is not None and account.start_password_ends_at is not None


def install(app: Flask) -> None:
    """Check the rule before each request, ahead of the CSRF token: an ended session is the better answer."""

    @app.before_request
    def check() -> None:
        if request.endpoint is None:
            return
        rule = rule_of(app, request.endpoint)
        if rule is None:
            raise RouteWithoutRule(request.endpoint)
        if not may_visit(rule):
            raise NotPermitted if signed_in_account() else NotSignedIn
        if rule.admits is not None and has_start_password() and request.endpoint not in WITH_START_PASSWORD:
            raise PasswordMustChange


def require_rules(app: Flask) -> None:
    """Refuse to start when a route has no rule."""
    missing = sorted(
        {rule.endpoint for rule in app.url_map.iter_rules() if rule_of(app, rule.endpoint) is None}
    )
    if missing:
        raise RouteWithoutRule(f"These routes need @access(...): {', '.join(missing)}")
