"""Choosing a new password: from the menu under one's name, or at the first login with a start password."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from models.person import Account
from web import addresses
from web.access import access, has_start_password, signed_in
from web.composition import composition
from web.errors import status_of
from web.identity import sign_in
from web.login import lock_rule
from web.request_work import current_account, posted_key, request_work
from web.security import limiter, login_limit
from workflows.commands.administration import accounts
from workflows.commands.administration.accounts import Attempt
from workflows.errors import FormRefused, Refusal
from workflows.errors.accounts import DemonstrationAccount
from workflows.policy.login_names import LEAST_PASSWORD

bp = Blueprint("password", __name__, url_prefix="/password")


@bp.get("")
@access(signed_in)
def show() -> str:
    """Show the form; whoever comes with a start password is told why."""
    return _page()


@bp.post("")
@limiter.limit(login_limit)
@access(signed_in)
def change() -> AnyResponse | tuple[str, int]:
    """Change the password; other sessions of the account end, this one goes on."""
    account, next_address = current_account(), addresses.safe(request.form.get("next"))
    try:
        changed = _change(account)
    except FormRefused as refusal:
        return _page(problems=refusal.problems), status_of(type(refusal))
    except DemonstrationAccount as refusal:
        return _page(refusal=refusal), status_of(type(refusal))
    sign_in(changed)
    flash(gettext("Your password has been changed. Other devices have to log in anew."), "success")
    return redirect(next_address or url_for("frame.home"), 303)


def _change(account: Account) -> Account:
    passwords, present_hash = composition().passwords, account.password_hash
    # Never tidied like other texts: blanks at the ends belong to a password.
    password = request.form.get("password", "")
    accounts.require_good(password, request.form.get("password_again", ""), account)
    if not has_start_password():
        typed = request.form.get("current_password", "")
        attempt = Attempt(account.id, passwords.match(present_hash, typed))
        with request_work() as work:
            wrong = accounts.confirm(work, attempt, lock_rule())
        if wrong is not None:
            raise FormRefused({"current_password": wrong})
    accounts.require_new(passwords, present_hash, password)
    password_hash = passwords.hash(password)
    with request_work() as work:
        return accounts.change_password(
            work,
            account_id=account.id,
            present_hash=present_hash,
            password_hash=password_hash,
            request_key=posted_key(),
        )


def _page(problems: Mapping[str, Refusal] | None = None, refusal: Refusal | None = None) -> str:
    return render_template(
        "password.html",
        is_first=has_start_password(),
        least=LEAST_PASSWORD,
        next=addresses.safe(request.values.get("next")),
        problems=problems or {},
        refusal=refusal,
    )
