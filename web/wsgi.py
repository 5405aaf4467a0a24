"""For WSGI servers: `gunicorn web.wsgi:app`; `rasoat worker` beside it upgrades the tables and fires the timers."""

import logging
from time import sleep

from flask import Flask
from sqlalchemy.exc import OperationalError

from web.app import create_app
from web.config import config_from_environment

ASK_AGAIN_SECONDS = 5

_log = logging.getLogger(__name__)


def _app() -> Flask:
    """Make the application, as soon as the database answers: a server gives up for good on one that fails here."""
    config = config_from_environment()
    while True:
        try:
            return create_app(config)
        except OperationalError as error:
            _log.error("The database does not answer: %s", error.orig)
            sleep(ASK_AGAIN_SECONDS)


app = _app()
