"""The vendored front end is what its sources and its lock file say, and the editor keeps what is ours in a diagram."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from workflows.engine.diagram.rules_content import ATTRIBUTES, ELEMENTS

ROOT = Path(__file__).resolve().parents[2]
STUDIO = ROOT / "web" / "studio"
VENDOR = ROOT / "web" / "static" / "vendor"
OURS = "{urn:rasoat:1}"
SAMPLE = ROOT / "tests" / "web" / "every_word.bpmn"  # each attribute and element of our vocabulary once


def npm(*arguments: str, cwd: Path) -> str:
    """Run npm or node in `cwd`; fail with everything it said."""
    environment = {**os.environ, "NO_COLOR": "1", "npm_config_loglevel": "error"}
    done = subprocess.run(
        arguments, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, f"{' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A fresh copy of the sources with the packages the lock file names, as a newcomer would have it."""
    copy = tmp_path_factory.mktemp("front_end") / "web" / "studio"
    shutil.copytree(STUDIO, copy, ignore=shutil.ignore_patterns("node_modules"))
    npm("npm", "ci", "--ignore-scripts", cwd=copy)
    yield copy
    shutil.rmtree(copy / "node_modules")


def words_of_ours(xml: bytes) -> Counter[tuple[str, ...]]:
    """Count every attribute and element of our namespace, with its place and value, and the variables loops name."""
    found: Counter[tuple[str, ...]] = Counter()
    for element in etree.fromstring(xml).iter("{*}*"):
        place = "/".join(
            str(step.tag).split("}")[1] for step in reversed([element, *element.iterancestors()])
        )
        is_ours = str(element.tag).startswith(OURS)
        found.update(
            (place, name, value) for name, value in element.attrib.items() if is_ours or name.startswith(OURS)
        )
        if is_ours or "loopData" in str(element.tag):
            found[place, "text", (element.text or "").strip()] += 1
    return found


def test_vendored_files_are_those_of_the_checksums() -> None:
    lines = (VENDOR / "SHA256SUMS").read_text().splitlines()
    noted = {name: digest for digest, name in (line.split("  ") for line in lines)}

    present = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.iterdir()}
    del present["SHA256SUMS"]

    assert present == noted


def test_lock_file_pins_every_package_and_names_no_registry() -> None:
    lock = json.loads((STUDIO / "package-lock.json").read_text())
    wanted = json.loads((STUDIO / "package.json").read_text())

    packages = {name: about for name, about in lock["packages"].items() if name}

    assert [name for name, about in packages.items() if "integrity" not in about] == []
    assert [name for name, about in packages.items() if "resolved" in about] == []
    ranges = {**wanted["dependencies"], **wanted["devDependencies"]}
    assert [name for name, version in ranges.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_vendored_code_keeps_the_watermark_and_loads_nothing_from_elsewhere() -> None:
    for name in ("viewer.js", "modeler.js"):
        assert "bjs-powered-by" in (VENDOR / name).read_text(encoding="utf-8")
    for path in VENDOR.glob("*.css"):
        addresses = re.findall(r"url\(\s*[\"']?([^\"')\s]+)", path.read_text(encoding="utf-8"))
        assert [address for address in addresses if not address.startswith(("data:", "./bpmn.woff2"))] == []


@pytest.mark.node
@pytest.mark.slow
def test_building_again_gives_the_same_bytes(studio: Path) -> None:
    npm("node", "build.mjs", cwd=studio)

    built = studio.parent / "static" / "vendor"

    assert (built / "SHA256SUMS").read_text() == (VENDOR / "SHA256SUMS").read_text()
    assert {path.name: path.read_bytes() for path in built.iterdir()} == {
        path.name: path.read_bytes() for path in VENDOR.iterdir()
    }


@pytest.mark.node
@pytest.mark.slow
def test_every_text_of_the_drawing_tool_is_translated(studio: Path) -> None:
    assert npm("node", "check.mjs", cwd=studio).strip() == "Every text is translated."


def test_sample_holds_each_word_of_the_language() -> None:
    elements, attributes = set(), set()
    for element in etree.parse(SAMPLE).iter("{*}*"):
        kind = etree.QName(element).localname
        if str(element.tag).startswith(OURS):
            elements.add(kind)
        attributes |= {(kind, name.removeprefix(OURS)) for name in element.attrib if name.startswith(OURS)}

    assert elements == ELEMENTS
    assert attributes >= {(kind, name) for kind, names in ATTRIBUTES.items() for name in names}


@pytest.mark.node
@pytest.mark.slow
def test_editor_keeps_our_attributes_and_elements(studio: Path) -> None:
    diagrams = [SAMPLE, *sorted((ROOT / "bpmn").glob("*/*.bpmn"))]

    lines = npm("node", "roundtrip.mjs", *map(str, diagrams), cwd=studio).splitlines()

    for diagram, line in zip(diagrams, lines, strict=True):
        written = json.loads(line)
        assert written["warnings"] == [], diagram.name
        assert words_of_ours(written["xml"].encode()) == words_of_ours(diagram.read_bytes()), diagram.name
