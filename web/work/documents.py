"""Signed documents: the list for whoever may see them, one of them with its signatures and its check, its PDF."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, render_template, request, send_file, url_for
from flask_babel import lazy_gettext as _l

from models.document import Document
from models.instance import ProcessInstance
from web import typed
from web.access import access, signed_in
from web.request_work import current_actor, read_session, request_work, today
from web.work import minutes_view
from workflows.commands.evidence import printing
from workflows.commands.evidence.contents.signed_step import KIND as SIGNED_STEP
from workflows.commands.evidence.signing import Shown
from workflows.commands.work import records
from workflows.queries.documents import (
    DocumentFilter,
    campaigns_with_documents,
    document_of,
    documents_of,
    units_with_documents,
)
from workflows.queries.successions import successions_of
from workflows.records.signatures import check_document, entries_of, signatures_of

bp = Blueprint("documents", __name__, url_prefix="/documents")

KINDS: Mapping[str, Any] = {
    "person_confirmation": _l("Confirmation of a record"),
    "staff_handover": _l("Handover of the staff review"),
    "class_minutes": _l("Minutes of a class"),
    "school_report": _l("Report of a school"),
    SIGNED_STEP: _l("Signed step"),
}
# Whose record somebody looks at who opens a document of this kind (C10).
LOOKS_AT = {"person_confirmation": "staff", "class_minutes": "class"}


@bp.get("")
@access(signed_in)
def index() -> str:
    """List the documents a visitor may see, newest first, filtered by what stands in the address."""
    reading, actor, on = read_session(), current_actor(), today()
    asked = DocumentFilter(
        unit_id=typed.asked_number("unit"),
        campaign_id=typed.asked_number("campaign"),
        instance_id=typed.asked_number("instance"),
        kind=typed.choice("kind", KINDS.keys(), ""),
        text=typed.asked("q", 100),
    )
    page = documents_of(reading, actor, on=on, asked=asked, before=typed.asked_number("before"))
    return render_template(
        "documents/index.html",
        page=page,
        successions=successions_of(reading, [row.id for row in page.rows]),
        asked=asked,
        filtered=asked != DocumentFilter(),
        kinds=KINDS,
        campaigns=campaigns_with_documents(reading, actor, on=on),
        units=units_with_documents(reading, actor, on=on),
        older=_address_of(page.older) if page.older else None,
    )


@bp.get("/<int:document_id>")
@access(signed_in)
def show(document_id: int) -> str:
    """Show what was signed, who signed it as what, and whether it is still what it was."""
    _note_look(document_id)
    reading = read_session()
    document = document_of(reading, current_actor(), document_id, on=today())
    signatures = signatures_of(reading, document.id)
    shown = Shown(document.kind, document.title, document.content, document.digest)
    check = check_document(reading, document, signatures)
    return render_template(
        "documents/show.html",
        document=document,
        kind=KINDS.get(document.kind, document.kind),
        heading=document.content.get("heading", {}),
        basis=document.content.get("basis", ()),
        parts=minutes_view.parts_of(shown) if check.content_holds else [],
        statements=minutes_view.statements_of(shown),
        signatures=signatures,
        succession=successions_of(reading, [document.id])[document.id],
        stands=any(one.withdrawn_at is None for one in signatures),
        printable=printing.may_be_printed(document),
        entries=entries_of(reading, document),
        check=check,
    )


@bp.get("/<int:document_id>/pdf")
@access(signed_in)
def pdf(document_id: int) -> Response:
    """Give the PDF: the one that is kept, or a first or newer one that is kept from now on."""
    _note_look(document_id)
    reading, actor = read_session(), current_actor()
    document = document_of(reading, actor, document_id, on=today())
    content = printing.kept_pdf(reading, document_id)
    if content is None:
        printed = printing.print_document(reading, document_id)
        with request_work() as work:
            content = printing.keep(work, printed, actor_id=actor.person_id)
    name = f"{document.number.replace('/', '-')}.pdf"
    return send_file(BytesIO(content), mimetype="application/pdf", as_attachment=True, download_name=name)


def _note_look(document_id: int) -> None:
    """Keep that somebody looked at personal data; refuses whoever may not."""
    document = document_of(read_session(), current_actor(), document_id, on=today())
    kind = LOOKS_AT.get(document.kind)
    if kind is None:
        return
    subject_id = _subject_of(document)
    with request_work() as work:
        records.note_look(work, actor=current_actor(work), kind=kind, subject_id=subject_id, task_id=None)


def _subject_of(document: Document) -> int:
    return read_session().get_one(ProcessInstance, document.instance_id).subject_id


def _address_of(before: int) -> str:
    asked: dict[str, Any] = request.args.to_dict()
    return url_for("documents.index", **{**asked, "before": before})
