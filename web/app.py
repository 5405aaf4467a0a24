"""Puts the application together: parts, guards, frame and pages. Nothing else imports all of them."""

from importlib import import_module

from flask import Flask, Response, send_from_directory

from web import access, errors, formats, frame, i18n, identity, request_work, security, wording
from web.composition import KEY, compose
from web.config import Config
from web.frame import STATIC
from workflows.clock import Clock

# Modules with a blueprint `bp`. A new page is one line here.
PAGES = (
    "login",
    "events",
    "health",
    "password",
    "notices",
    "work.inbox",
    "work.tasks",
    "work.class_page",
    "work.grades_page",
    "work.attachments",
    "work.submitted",
    "work.done",
    "work.documents",
    "following.progress",
    "following.campaigns",
    "following.roster",
    "following.units",
    "administration.procedures",
    "administration.operations",
    "administration.operating",
    "administration.chosen",
    "administration.migrations",
    "administration.organisation",
    "administration.people",
    "administration.classes",
    "administration.calendar",
    "administration.studio",
    "administration.decision_tables",
    "administration.drawing_help",
    "administration.demonstration",
)
# The address carries the digest of the file.
FOR_EVER = 365 * 24 * 3600


def create_app(config: Config, *, clock: Clock | None = None, system_clock: Clock | None = None) -> Flask:
    """Make the application; refuses to when a route does not say who may come to it."""
    app = Flask(__name__, static_folder=None)
    app.config.update(security.settings_of(config))
    app.extensions[KEY] = compose(config, clock=clock, system_clock=system_clock)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    security.install(app, config)
    # In this order: who it is, whether they may come here, whether the form is ours.
    identity.install(app)
    access.install(app)
    security.csrf.init_app(app)
    i18n.install(app)
    formats.install(app)
    wording.install(app)
    request_work.install(app)
    errors.install(app)
    frame.install(app)
    app.add_url_rule("/static/<path:filename>", "static", _static)
    for page in PAGES:
        app.register_blueprint(import_module(f"web.{page}").bp)
    access.require_rules(app)
    return app


@access.access(access.public)
def _static(filename: str) -> Response:
    return send_from_directory(STATIC, filename, max_age=FOR_EVER)
