"""The officer's handover to the head: every staff member with the outcome, who came and went (P1.3, P1.4)."""

from collections.abc import Sequence

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.person import Position
from workflows.commands.evidence.contents.frame import frame
from workflows.commands.evidence.contents.ground import Ground, iso_day
from workflows.commands.evidence.contents.parties import LEADING, head_of, officer_id, party
from workflows.commands.evidence.contents.words import EMPLOYMENTS, JOINED, LEFT, OUTCOMES, position_in
from workflows.records.minutes_content import Movement, StaffHandover, StaffRow, Synchronisation

OFFICER, HEAD = "officer", "head"
# Form fields of the step that takes the data over into the sector database.
SYNCHRONISED_ON, SYNCHRONISED_RESULT = "synchronised_on", "sync_result"


def build(ground: Ground) -> StaffHandover:
    """Build what the officer hands over and the head accepts."""
    roster = ground.roster(SubjectKind.STAFF)
    blocks = ((OFFICER, "Bên giao"), (HEAD, position_in(ground.unit, Position.HEAD)))
    head = head_of(ground, ground.unit)
    handing_over = officer_id(ground)
    if handing_over is None and ground.task.role not in LEADING:
        handing_over = ground.task.principal_id
    return {
        **frame(ground, "staff_handover", blocks, (f"{head['capacity']} (để báo cáo)",)),
        "officer": party(ground, handing_over),
        "head": head,
        "staff": [_row(entry) for entry in roster],
        "movements": movements(roster),
        "synchronised": _synchronised(ground),
    }


def block_of(ground: Ground) -> str:
    """Say where the signer signs: the officer hands over, the head accepts."""
    return HEAD if ground.task.role in LEADING else OFFICER


def _row(entry: RosterEntry) -> StaffRow:
    confirmed = entry.state is RosterState.DONE
    return {
        "name": entry.name,
        "duty": str(entry.frozen.get("duty", "")),
        "employment": EMPLOYMENTS.get(str(entry.frozen.get("employment")), ""),
        "confirmed": confirmed,
        "outcome": OUTCOMES[entry.state],
        "on": iso_day(entry.decided_at or entry.left_at),
        "reason": "" if confirmed else entry.reason,
    }


def movements(roster: Sequence[RosterEntry]) -> list[Movement]:
    """List who joined and who left since the roster was frozen (C6)."""
    moved: list[Movement] = []
    for entry in roster:
        if entry.joined_at is not None:
            moved.append({"name": entry.name, "kind": JOINED, "on": iso_day(entry.joined_at), "reason": ""})
        if entry.state is RosterState.LEFT:
            on = iso_day(entry.left_at)
            moved.append({"name": entry.name, "kind": LEFT, "on": on, "reason": entry.reason})
    return moved


def _synchronised(ground: Ground) -> Synchronisation | None:
    for done in reversed(ground.answered(SYNCHRONISED_ON, SYNCHRONISED_RESULT)):
        return {
            "on": str(done.answer.get(SYNCHRONISED_ON) or done.on.isoformat()),
            "result": str(done.answer.get(SYNCHRONISED_RESULT) or ""),
        }
    return None
