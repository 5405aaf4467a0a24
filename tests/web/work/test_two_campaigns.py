"""The inbox of somebody whose unit takes part in two campaigns at once."""

import re

from tests.web.work.office import Office
from workflows.commands.work import pupils


def test_each_row_of_a_class_counts_its_own_campaign_and_names_it(office: Office) -> None:
    world = office.world
    first = world.task("review_pupils", "6A").id
    ids = [one.id for one in world.pupils("6A")]
    world.do(
        lambda work: pupils.approve(
            work, task_id=first, actor=world.actor(work, "homeroom"), pupil_ids=ids[:2], reasons={}
        )
    )
    assert "Rà soát thử" not in rows_of(office)[0]

    world.open_campaign(title="Rà soát bổ sung")

    by_campaign = {title: row for row in rows_of(office) for title in TITLES if f">{title}<" in row}
    assert re.search(r">2/5,", by_campaign["Rà soát thử"])
    assert re.search(r">0/5,", by_campaign["Rà soát bổ sung"])


TITLES = ("Rà soát thử", "Rà soát bổ sung")


def rows_of(office: Office) -> list[str]:
    page = office.page("homeroom", "/inbox").split("<main")[1]
    return [row for row in page.split("<li class=")[1:] if "lớp 6A" in row]
