"""The decision tables of a draft: added and removed file by file; publishing makes them part of the version."""

from collections.abc import Mapping

from models.process import ProcessDraft
from workflows.actor import Actor
from workflows.commands.administration.procedures import read_file, save_draft
from workflows.engine.decisions.faults import of_a_table
from workflows.engine.decisions.reading import keys_in
from workflows.engine.diagram.reading import MAX_BYTES, MAX_MEGABYTES
from workflows.errors import DiagramRefused, DiagramUnreadable
from workflows.errors.decisions import TablesGone, TablesUnreadable, TooManyTables
from workflows.queries import procedures as queries
from workflows.unit_of_work import UnitOfWork

MAX_FILES, MEGABYTES = 20, 2 * MAX_MEGABYTES


def read_tables(content: bytes) -> str:
    """Give the text of an uploaded file; refuses what is too large or no UTF-8."""
    try:
        return read_file(content)
    except DiagramUnreadable as refusal:
        raise TablesUnreadable([of_a_table(one) for one in refusal.problems]) from refusal


def add(
    work: UnitOfWork, *, actor: Actor, definition_id: int, text: str, revision: int | None
) -> ProcessDraft:
    """Put a file of decision tables to the draft, in place of the files that have one of its decisions.

    Begins a draft where there is none. Refuses what is no decision file, and with DraftChanged when somebody saved
    another revision meanwhile.
    """
    keys = _keys(text)
    tables = {
        name: one for name, one in _tables(work, definition_id).items() if not set(_keys(one)) & set(keys)
    }
    tables[keys[0]] = text
    if len(tables) > MAX_FILES or sum(len(one.encode()) for one in tables.values()) > 2 * MAX_BYTES:
        raise TooManyTables(most=MAX_FILES, megabytes=MEGABYTES)
    return _save(work, actor, definition_id, tables, revision)


def remove(
    work: UnitOfWork, *, actor: Actor, definition_id: int, name: str, revision: int | None
) -> ProcessDraft:
    """Take a file of decision tables out of the draft; begins one where there is none."""
    tables = dict(_tables(work, definition_id))
    if name not in tables:
        raise TablesGone
    del tables[name]
    return _save(work, actor, definition_id, tables, revision)


def _save(
    work: UnitOfWork, actor: Actor, definition_id: int, tables: Mapping[str, str], revision: int | None
) -> ProcessDraft:
    draft = queries.find_draft(work.session, definition_id)
    latest = queries.latest_version(work.session, definition_id)
    xml = draft.xml if draft else latest.xml if latest else ""
    return save_draft(
        work, actor=actor, definition_id=definition_id, xml=xml, revision=revision, decisions=tables
    )


def _tables(work: UnitOfWork, definition_id: int) -> Mapping[str, str]:
    draft = queries.find_draft(work.session, definition_id)
    latest = queries.latest_version(work.session, definition_id)
    return (draft or latest or ProcessDraft()).decisions or {}


def _keys(text: str) -> list[str]:
    try:
        return keys_in(text.encode())
    except DiagramRefused as refusal:
        raise TablesUnreadable(refusal.problems) from refusal
