"""The command line: serve, worker, init, demo, publish, lint, rehearse, send, translations."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from unicodedata import normalize

import click
from sqlalchemy.exc import DBAPIError

from models.database import UnfitStore, upgrade
from web import catalogue, server
from web.composition import Composition, compose
from web.config import BadSetting, config_from_environment
from web.i18n import LANGUAGES
from web.linting import lint_files
from web.patience import once_it_answers
from web.record_fields import field_rows
from web.rehearsing import rehearse_scenarios
from web.server import BPMN
from workflows.commands.administration import setup
from workflows.commands.running import sending
from workflows.errors import DiagramRefused, FormRefused, Refusal
from workflows.passwords import make_start_password
from workflows.unit_of_work import begin_work, do_work

# Why a message is kept, by what its receipt says.
KEPT_WHY = {
    "nobody_waits": "Nobody waits for it yet",
    "held": "An operator holds the run that waits for it",
    "correlation": "Whoever waits for it waits for another correlation",
    "not_taken": "Its run could not take it, and the worker tries again",
}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def rasoat() -> None:
    """Rasoat runs review-and-approval chains of education authorities."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)


@rasoat.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0: any free one."
)
@click.option("--demo/--no-demo", default=None, help="Put invented data into an empty store.")
@click.option("--worker/--no-worker", default=True, show_default=True, help="Fire timers and send mail here.")
def serve(host: str, port: int, demo: bool | None, worker: bool) -> None:
    """Upgrade the store, publish what ships, and show the product in the browser."""
    config = config_from_environment()
    if demo is not None:
        config = replace(config, demo=demo)
    server.require_free(host, port)
    once_it_answers(lambda: server.prepare(config, click.echo))
    server.serve(
        config,
        host=host,
        port=port,
        with_worker=worker,
        ready=lambda address: click.echo(f"Rasoat listens on {address}"),
    )


@rasoat.command()
def worker() -> None:
    """Fire timers, climb ladders, send mail; any number of workers may run on one store."""
    server.work(config_from_environment(), click.echo)


@rasoat.command()
@click.option("--unit", prompt="Name of the department", help="Full name of the department.")
@click.option("--name", prompt="Name of the first administrator", help="Full name of the administrator.")
@click.option("--login", prompt="Login of the administrator", help="What the administrator logs in with.")
@click.option("--password", default="", help="Asked for on a terminal, else made up and printed.")
def init(unit: str, name: str, login: str, password: str) -> None:
    """Upgrade the store and make the department with its first administrator."""
    unit, name, login = (normalize("NFC", " ".join(text.split())) for text in (unit, name, login))
    first = {"unit": unit, "name": name, "login": login.casefold()}
    config = replace(config_from_environment(), demo=False)
    setup.check(**first, password=password or None)
    if not password and sys.stdin.isatty():
        password = _asked_password()
        setup.check(**first, password=password or None)
    given = password or make_start_password()
    server.prepare(config)
    with opened() as parts:
        hashed = parts.passwords.hash(given)
        with begin_work(parts.sessions, parts.engine, parts.clock) as work:
            setup.set_up(
                work,
                **first,
                password_hash=hashed,
                is_start_password=not password,
                fields=field_rows(),
            )
    click.echo(f"{first['login']} can log in.")
    if not password:
        click.echo(f"Start password, to be replaced at the first login: {given}")


def _asked_password() -> str:
    asked: str = click.prompt(
        "Password of the administrator (empty to have one made up)",
        default="",
        show_default=False,
        hide_input=True,
        confirmation_prompt="The same once more",
        err=True,
    )
    return asked


@rasoat.command()
def demo() -> None:
    """Put invented data into an empty store."""
    if not server.prepare(replace(config_from_environment(), demo=True), click.echo):
        raise click.ClickException("The store is not empty; invented data belongs into an empty one.")
    click.echo("The demonstration data is there.")


@rasoat.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default=BPMN)
def publish(folder: Path) -> None:
    """Publish the drawings of a folder that are new; those an administrator changed stay."""
    with opened() as parts:
        upgrade(parts.database)
        click.echo(f"{server.publish_shipped(parts, folder)} published.")


@rasoat.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE|DIR…")
@click.option("--json", "as_json", is_flag=True, help="One JSON array with all that was found.")
@click.option("--calls", multiple=True, metavar="KEY", help="A procedure that is published already.")
@click.option("--language", type=click.Choice(list(LANGUAGES)), default=None, help="Of what is said.")
def lint(files: tuple[Path, ...], as_json: bool, calls: tuple[str, ...], language: str | None) -> None:
    """Check drawings as publishing does; ends with 1 when one has errors, 2 when one cannot be read.

    Of a folder every drawing and decision table in it is checked. Files given together may call each other.
    """
    sys.exit(lint_files(files, calls, language, as_json=as_json, write=click.echo))


@rasoat.command()
@click.argument("place", type=click.Path(exists=True, path_type=Path), default=BPMN, metavar="DIR|FILE")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with scenarios and coverage.")
@click.option("--language", type=click.Choice(list(LANGUAGES)), default=None, help="Of what is said.")
def rehearse(place: Path, as_json: bool, language: str | None) -> None:
    """Play scenarios (*.scenario.yaml) on a private copy of the product, and say what they cover.

    Ends with 1 when one does not go as it is written, 2 when a file cannot be read or there is no
    scenario. Needs no store and no server.
    """
    sys.exit(rehearse_scenarios(place, language, as_json=as_json, write=click.echo))


@rasoat.command()
@click.argument("kind", type=click.Choice(["message", "signal"]))
@click.argument("name")
@click.option("--values", default="{}", metavar="JSON", help="What it brings: values by name.")
@click.option("--correlation", default="{}", metavar="JSON", help="For whom a message is: values by name.")
@click.option("--key", default=None, metavar="TEXT", help="The same key twice has one effect.")
def send(kind: str, name: str, values: str, correlation: str, key: str | None) -> None:
    """Send a message to the run that waits for it, or a signal to all that wait for it."""
    brings, by = _plain_values("values", values), _plain_values("correlation", correlation)
    if kind == "signal" and by:
        raise click.UsageError("A signal goes to everybody: leave out --correlation.")
    with opened() as parts:
        do = partial(do_work, parts.sessions, parts.engine, parts.clock)
        if kind == "signal":
            receipt = do(lambda work: sending.send_signal(work, name, brings, request_key=key))
        else:
            message = partial(sending.send_message, name=name, values=brings, correlation=by, request_key=key)
            receipt = sending.at_once_or_later(do, message)
    if receipt.repeated:
        click.echo("It was sent before with this key; nothing was done again.")
    elif kind == "signal":
        waiting = f"{receipt.reached} wait for it; the worker brings it to them."
        click.echo(waiting if receipt.reached else "Nobody waits for it.")
    elif receipt.instance_id is None:
        click.echo(f"{KEPT_WHY[receipt.why]}; it is kept for 30 days.")
    else:
        click.echo(f"Run {receipt.instance_id} took it.")
    if receipt.ignored:
        click.echo(f"Its event does not take (rs:takes): {', '.join(receipt.ignored)}.")


def _plain_values(option: str, text: str) -> dict[str, object]:
    try:
        given = json.loads(text)
    except ValueError as error:
        raise click.UsageError(f"--{option} is no JSON: {error}") from error
    if not isinstance(given, dict):
        raise click.UsageError(f'--{option} must be one JSON object such as {{"class": "6A"}}.')
    return given


@rasoat.command()
@click.argument("act", type=click.Choice(["update", "check"]))
def translations(act: str) -> None:
    """Bring the catalogue of translations in step with the code (update), or only look (check)."""
    report = catalogue.update() if act == "update" else catalogue.check()
    for text in report.missing:
        click.echo(f"No Vietnamese text: {text}")
    for text in report.unknown:
        click.echo(f"Not in the code any more: {text}")
    if report.stale:
        click.echo("The catalogue is older than the code: python -m web translations update")
    if not report.clean:
        sys.exit(1)
    click.echo("The catalogue is complete.")


def main() -> None:
    """Run the command line; what cannot be done ends it with one sentence."""
    try:
        sys.exit(rasoat.main(prog_name="rasoat", standalone_mode=False))
    except click.Abort:
        sys.exit("Stopped before the end; what was asked for and not answered can be given as an option.")
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except FormRefused as refusal:
        sys.exit("\n".join(f"--{key}: {one.message}" for key, one in refusal.problems.items()))
    except (BadSetting, server.CannotListen) as error:
        sys.exit(str(error))
    except UnfitStore as error:
        sys.exit(f"RASOAT_DATABASE: {error}")
    except DBAPIError as error:
        sys.exit(f"The database cannot be used: {' '.join(str(error.orig).split())}")
    except DiagramRefused as refusal:
        lines = [
            f"{one.element_id or '-'}, line {one.line}: {one.reason % one.params}" for one in refusal.problems
        ]
        sys.exit("\n".join([refusal.message, *lines]))
    except Refusal as refusal:
        sys.exit(refusal.message)


@contextmanager
def opened() -> Iterator[Composition]:
    """Open the parts for one command."""
    parts = compose(config_from_environment())
    try:
        yield parts
    finally:
        parts.database.dispose()
