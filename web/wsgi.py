"""For WSGI servers: `gunicorn web.wsgi:app`; `rasoat worker` beside it upgrades the tables and fires the timers."""

from web.app import create_app
from web.collecting import keep_what_is_there
from web.config import config_from_environment
from web.patience import once_it_answers

_config = config_from_environment()
# A server gives up for good on an application that fails to start.
app = once_it_answers(lambda: create_app(_config))
keep_what_is_there()
