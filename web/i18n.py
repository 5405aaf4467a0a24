"""Languages: which one a visitor reads, and the choice between the two names of a thing."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Flask, g, request, session
from flask_babel import Babel, Domain, get_locale

from web.identity import signed_in_account
from workflows.policy.calendar import LOCAL_ZONE

LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
DEFAULT = "vi"
CHOSEN = "language"
# What a visitor asked for on the login page, and not what somebody before them read.
ASKED = "language_asked"

babel = Babel()  # type: ignore[no-untyped-call]


class Catalogue(Domain):
    """The translations; a page asks for hundreds of texts, and for its catalogue once."""

    def get_translations(self) -> Any:
        """Give the catalogue of the language that is being written just now."""
        known = g.get("catalogue")
        if known is None or known[0] is not get_locale():
            known = g.catalogue = (get_locale(), super().get_translations())  # type: ignore[no-untyped-call]
        return known[1]


catalogue = Catalogue()  # type: ignore[no-untyped-call]


def language() -> str:
    """Give the language of this request: of the account, else as chosen on the login page, else Vietnamese."""
    account = signed_in_account()
    if account is not None:
        own = account.locale if account.locale in LANGUAGES else DEFAULT
        if session.get(CHOSEN) != own:
            # For the answer to a request on which the account cannot be read.
            session[CHOSEN] = own
        return own
    asked = request.args.get("lang", "")
    if asked in LANGUAGES:
        session[CHOSEN] = session[ASKED] = asked
    chosen = session.get(CHOSEN)
    return chosen if chosen in LANGUAGES else DEFAULT


def page_language() -> str:
    """Give the language that is being written just now: a mail may be in another one than the request."""
    locale = get_locale()
    return locale.language if locale else DEFAULT


def pick(thing: Any, attribute: str = "name") -> str:
    """Give `name`, or `name_en` for English readers where there is one (also label, title, help …)."""
    read = thing.get if isinstance(thing, Mapping) else partial(getattr, thing)
    if page_language() == "en":
        english = read(f"{attribute}_en", "")
        if english:
            return str(english)
    return str(read(attribute, "") or "")


def install(app: Flask) -> None:
    """Wire Flask-Babel; the catalogues lie in `web/translations`."""
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", "translations")
    babel.init_app(  # type: ignore[no-untyped-call]
        app,
        default_locale=DEFAULT,
        default_timezone=LOCAL_ZONE,
        locale_selector=language,
    )
    app.before_request(catalogue.as_default)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.filters["pick"] = pick
    app.jinja_env.globals.update(LANGUAGES=LANGUAGES, language=page_language)
