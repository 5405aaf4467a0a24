"""For WSGI servers: `gunicorn web.wsgi:app`. Upgrade first with `rasoat init`, and run `rasoat worker` beside it."""

from web.app import create_app
from web.config import config_from_environment

app = create_app(config_from_environment())
