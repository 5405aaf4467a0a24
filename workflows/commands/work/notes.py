"""What people leave on a task besides its outcome: drafts, comments, attachments."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, func, select

from models.instance import InstanceState, ProcessInstance
from models.journal import JournalKind
from models.notification import Message
from models.task import Attachment, Comment, Draft, Task, TaskState
from workflows.actor import Actor
from workflows.commands.running.openings import holders
from workflows.commands.work.held_tasks import (
    HeldTask,
    hold_task,
    may_act,
    record_act,
    require_may_act,
    require_open,
)
from workflows.errors import (
    AttachmentEmpty,
    AttachmentGone,
    AttachmentsTooMany,
    AttachmentTooLarge,
    AttachmentTypeRefused,
    NotPermitted,
    TaskGone,
    ValueMissing,
    ValueTooLong,
)
from workflows.errors.answering import AttachedAlready
from workflows.files import FileStore
from workflows.notify.outbox import announce
from workflows.records.journal import refuse_repeated
from workflows.unit_of_work import UnitOfWork

LARGEST_DRAFT = 200_000
# Where a draft holds what was typed in the rows of a list, by subject.
ROWS = "rows"
LONGEST_COMMENT = 4000
LARGEST_FILE = 10 * 1024 * 1024
MOST_FILES = 20

# What schools attach, recognised by its first bytes and not by what the browser says.
_SIGNATURES = {
    "application/pdf": (b"%PDF-", (".pdf",)),
    "image/jpeg": (b"\xff\xd8\xff", (".jpg", ".jpeg")),
    "image/png": (b"\x89PNG\r\n\x1a\n", (".png",)),
    "application/zip": (b"PK\x03\x04", (".docx", ".xlsx", ".pptx", ".odt", ".ods")),
    "application/msword": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", (".doc", ".xls")),
}


def save_draft(work: UnitOfWork, *, task_id: int, actor: Actor, typed: Mapping[str, Any]) -> None:
    """Keep what a person has typed so far on an open task of theirs; an empty mapping removes it.

    A task that has been finished by somebody else keeps the draft too: nothing typed is lost. What was typed in the
    rows of a list stays (`save_row_draft`).
    """
    draft = _own_draft(work, task_id, actor)
    rows = draft.typed.get(ROWS) if draft else None
    step = {name: value for name, value in typed.items() if name != ROWS}
    _store_draft(work, task_id, actor, draft, {**step, ROWS: rows} if rows else step)


def save_row_draft(
    work: UnitOfWork, *, task_id: int, actor: Actor, row: int, typed: Mapping[str, str]
) -> None:
    """Keep what a person has typed in one row of a list beside the step's own form; an empty mapping removes it."""
    draft = _own_draft(work, task_id, actor)
    whole = dict(draft.typed) if draft else {}
    rows = {key: value for key, value in whole.pop(ROWS, {}).items() if key != str(row)}
    if typed:
        rows[str(row)] = dict(typed)
    _store_draft(work, task_id, actor, draft, {**whole, ROWS: rows} if rows else whole)


def _own_draft(work: UnitOfWork, task_id: int, actor: Actor) -> Draft | None:
    """Give the person's draft; refuses who neither has the task nor had it."""
    task = work.session.get(Task, task_id)
    if task is None:
        raise TaskGone
    draft = work.session.scalar(
        select(Draft).where(Draft.task_id == task_id, Draft.person_id == actor.person_id)
    )
    mine = task.assignee_id == actor.person_id or (
        task.role is not None and actor.holds(task.role, task.role_unit_id or 0)
    )
    if not mine and draft is None:
        raise NotPermitted
    return draft


def _store_draft(
    work: UnitOfWork, task_id: int, actor: Actor, draft: Draft | None, typed: dict[str, Any]
) -> None:
    if sum(len(str(key)) + len(str(value)) for key, value in typed.items()) > LARGEST_DRAFT:
        raise ValueTooLong(most=LARGEST_DRAFT)
    if not typed:
        drop_draft(work, task_id=task_id, actor=actor)
        return
    if draft is None:
        draft = Draft(task_id=task_id, person_id=actor.person_id)
        work.session.add(draft)
    draft.typed, draft.saved_at = typed, work.now


def drop_draft(work: UnitOfWork, *, task_id: int, actor: Actor) -> None:
    """Forget a person's draft, after what it held was sent."""
    work.session.execute(delete(Draft).where(Draft.task_id == task_id, Draft.person_id == actor.person_id))


def drop_old_drafts(work: UnitOfWork, limit: int) -> int:
    """Remove drafts of tasks whose owner completed them, once the procedure has ended.

    Until then they hold what the answer left out: for whoever takes it back, and for the next round of the step.
    """
    ids = list(
        work.session.scalars(
            select(Draft.id)
            .join(Task, Task.id == Draft.task_id)
            .join(ProcessInstance, ProcessInstance.id == Task.instance_id)
            .where(
                Task.state == TaskState.COMPLETED,
                Task.completed_by_id == Draft.person_id,
                ProcessInstance.state != InstanceState.RUNNING,
            )
            .limit(limit)
        )
    )
    work.session.execute(delete(Draft).where(Draft.id.in_(ids)))
    return len(ids)


def add_comment(
    work: UnitOfWork, *, task_id: int, actor: Actor, body: str, request_key: str | None = None
) -> None:
    """Add a comment to an open task; the others concerned are told. Refuses an empty or too long text."""
    task = hold_task(work, task_id)
    refuse_repeated(work, request_key)
    _require_concerned(work, task, actor)
    text = body.strip()
    if not text:
        raise ValueMissing
    if len(text) > LONGEST_COMMENT:
        raise ValueTooLong(most=LONGEST_COMMENT)
    work.session.add(
        Comment(
            instance_id=task.run.id,
            task_id=task_id,
            author_id=actor.person_id,
            body=text,
            written_at=work.now,
        )
    )
    record_act(work, task, JournalKind.COMMENTED, actor, {"length": len(text)}, request_key)
    concerned = {*holders(work, task.assignee_id, task.role, task.role_unit_id), task.accountable_id or 0}
    announce(
        work,
        Message.COMMENTED,
        person_ids=sorted(concerned - {actor.person_id, 0}),
        task_id=task_id,
        campaign_id=task.run.campaign_id,
        details={"actor": actor.person_id},
    )


def attach(
    work: UnitOfWork,
    files: FileStore,
    *,
    task_id: int,
    actor: Actor,
    file_name: str,
    content: bytes,
    largest: int = LARGEST_FILE,
    request_key: str | None = None,
) -> None:
    """Add a file to an open task.

    Refuses files that are too large, too many, there already, or of a kind schools do not use.
    """
    task = hold_task(work, task_id)
    refuse_repeated(work, request_key)
    require_open(work, task)
    require_may_act(work, actor, task)
    if len(content) > largest:
        raise AttachmentTooLarge(most=largest // 1024 // 1024)
    if not content:
        raise AttachmentEmpty
    media_type = _media_type(file_name, content)
    there = select(Attachment.file_name).where(
        Attachment.instance_id == task.run.id, Attachment.digest == sha256(content).hexdigest()
    )
    if (name := work.session.scalar(there.limit(1))) is not None:
        raise AttachedAlready(name=name)
    count = work.session.scalar(select(func.count()).where(Attachment.task_id == task_id)) or 0
    if count >= MOST_FILES:
        raise AttachmentsTooMany(most=MOST_FILES)
    digest = files.put(content)
    work.session.add(
        Attachment(
            instance_id=task.run.id,
            task_id=task_id,
            file_name=file_name[-200:],
            media_type=media_type,
            size=len(content),
            digest=digest,
            added_by_id=actor.person_id,
            added_at=work.now,
        )
    )
    details = {"name": file_name[-200:], "size": len(content), "digest": digest}
    record_act(work, task, JournalKind.FILE_ATTACHED, actor, details, request_key)


def remove_attachment(
    work: UnitOfWork, *, task_id: int, actor: Actor, attachment_id: int, request_key: str | None = None
) -> str:
    """Take a file off an open task again, by whoever added it; gives the digest of its bytes.

    Refuses with AttachmentGone what does not lie on the task, and with NotPermitted who did not add it.
    """
    task = hold_task(work, task_id)
    refuse_repeated(work, request_key)
    require_open(work, task)
    found = work.session.get(Attachment, attachment_id)
    if found is None or found.task_id != task_id:
        raise AttachmentGone
    if found.added_by_id != actor.person_id:
        raise NotPermitted
    work.session.delete(found)
    details = {"name": found.file_name, "size": found.size, "digest": found.digest}
    record_act(work, task, JournalKind.FILE_REMOVED, actor, details, request_key)
    return found.digest


def _media_type(file_name: str, content: bytes) -> str:
    ending = "." + file_name.rpartition(".")[2].lower()
    for media_type, (start, endings) in _SIGNATURES.items():
        if content.startswith(start) and ending in endings:
            return media_type
    raise AttachmentTypeRefused


def _require_concerned(work: UnitOfWork, task: HeldTask, actor: Actor) -> None:
    """Who has the task, answers for it, or leads the unit may comment on it."""
    leads = actor.holds("head", task.run.unit_id) or actor.holds("deputy_head", task.run.unit_id)
    if not (leads or may_act(actor, task) or task.accountable_id == actor.person_id):
        raise NotPermitted
    require_open(work, task)
