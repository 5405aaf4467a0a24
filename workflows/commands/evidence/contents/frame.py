"""What all minutes have: heading, basis, statements, places to sign, recipients."""

from collections.abc import Sequence

from workflows.commands.evidence.contents.ground import Ground, iso_day
from workflows.records.minutes_content import STATEMENTS, Block, Minutes, MinutesKind

FILED = "Lưu: VT, hồ sơ rà soát"


def frame(
    ground: Ground, kind: MinutesKind, blocks: Sequence[tuple[str, str]], recipients: Sequence[str]
) -> Minutes:
    """Lay out the parts that every kind has; `blocks` are key and heading, each for somebody who will sign.

    Only the first block stands in minutes that no other step of the procedure signs: an empty place would look as if
    a signature were missing.
    """
    signing = blocks if ground.signing_steps > 1 else blocks[:1]
    return {
        "heading": {
            "superior": ground.superior.name if ground.superior else "",
            "unit": ground.unit.name,
            "number": "",
            "place": ground.unit.place,
            "dated_on": ground.on.isoformat(),
        },
        "campaign": ground.campaign.title if ground.campaign else "",
        "basis": _basis(ground),
        "statements": list(STATEMENTS[kind]),
        "blocks": [Block(key=key, heading=heading) for key, heading in signing],
        "recipients": [*recipients, FILED],
    }


def _basis(ground: Ground) -> list[str]:
    campaign = ground.campaign
    if campaign is None:
        return []
    year, month, day = iso_day(campaign.opened_at).split("-")
    return [f"đợt “{campaign.title}” do {campaign.unit.name} mở ngày {day}/{month}/{year}"]
