"""The standing cast with accounts and a running campaign, for the pages that follow and steer it."""

from collections.abc import Callable

from flask import Flask

from models.person import Account
from tests.cast import World, build_world
from tests.conftest import Store
from tests.web.conftest import PASSWORD, Client
from web.composition import Composition
from workflows.clock import FixedClock

LOGINS = ("principal", "inspector", "administrator", "department_officer", "stranger", "homeroom", "deputy")
Enter = Callable[[str], Client]


def running_world(store: Store, clock: FixedClock, parts: Composition) -> World:
    """Build the cast in the application's store and open a campaign of the department."""
    world = build_world(store, clock)
    world.publish_shipped()
    world.open_campaign()
    hashed = parts.passwords.hash(PASSWORD)
    world.do(
        lambda work: work.session.add_all(
            Account(person_id=world.people[name], login=name, password_hash=hashed) for name in LOGINS
        )
    )
    return world


def entrance(app: Flask) -> Enter:
    """Give a function that logs a member of the cast in."""
    app.test_client_class = Client

    def log_in(login: str) -> Client:
        made = app.test_client()
        assert isinstance(made, Client)
        assert made.send("/login", login=login, password=PASSWORD).status_code == 303
        return made

    return log_in
