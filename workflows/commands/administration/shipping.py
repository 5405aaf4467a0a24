"""Publishes the procedures that come with the product."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from models.process import ProcessVersion
from workflows.commands.administration.procedures import (
    add_version,
    definition_for,
    digest_of,
    read_heading,
    record_publication,
)
from workflows.engine import Published
from workflows.engine.check import check_and_mend
from workflows.engine.heading import Heading
from workflows.errors import DiagramOfAnother, DiagramRefused
from workflows.queries import procedures as queries
from workflows.unit_of_work import UnitOfWork


def ship(work: UnitOfWork, folder: Path) -> list[ProcessVersion]:
    """Publish the drawings of `bpmn/<key>/<key>.bpmn` that are new, with the decision tables beside them.

    Gives the versions made. A procedure that an administrator has published since keeps the administrator's
    version. Refuses drawings
    with errors: what ships must run.
    """
    drawings = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*/*.bpmn"))}
    drawings = {key: xml for key, xml in drawings.items() if (folder / key / f"{key}.bpmn").exists()}
    known = {*queries.published_keys(work.session), *drawings}
    shipped = []
    for key, xml in drawings.items():
        heading = read_heading(xml)
        if heading.key != key:
            raise DiagramOfAnother(found=heading.key, expected=key)
        tables = tables_beside(folder / key / f"{key}.bpmn")
        published = Published(xml.encode(), tables)
        if (version := _ship_one(work, heading, published, sorted(known))) is not None:
            shipped.append(version)
    return shipped


def tables_beside(drawing: Path) -> dict[str, str]:
    """Give the files of decision tables in the folder of a drawing, by their names."""
    files = sorted(drawing.parent.glob("*.dmn"))
    return {file.stem: file.read_text(encoding="utf-8-sig") for file in files}


def _ship_one(
    work: UnitOfWork, heading: Heading, shipped: Published, known: Sequence[str]
) -> ProcessVersion | None:
    definition = definition_for(work, heading)
    published = work.session.scalars(
        select(ProcessVersion)
        .where(ProcessVersion.definition_id == definition.id)
        .order_by(ProcessVersion.number)
    ).all()
    by_administrator = bool(published) and published[-1].published_by_id is not None
    if by_administrator or digest_of(shipped) in {version.digest for version in published}:
        return None
    checked = check_and_mend(shipped.xml, known, shipped.decisions)
    errors = [problem for problem in checked.problems if problem.severity == "error"]
    if errors:
        raise DiagramRefused(errors)
    version = add_version(work, definition, shipped, checked, heading, "", None)
    department = next(iter(queries.departments(work.session)), None)
    if department is not None:
        # On a store that is still empty there is nobody's journal to write to; the version tells when it came.
        record_publication(work, version, department, None, None)
    return version
