"""What `docs/asvs.md` says of OWASP's standard: it leaves out no requirement, and names nothing that is not there."""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.asvs import requirements

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs/asvs.md"

# How each language writes the beginning of a test of this name.
TESTS = {
    ".py": r"^def {name}\(",
    ".rs": r"#\[(tokio::)?test[^\]]*\](\s*#\[[^\]]*\])*\s*(async )?fn {name}\(|^\s*fn {name}\(\s*\w+ in ",
    ".js": r'test\(\s*"{name}"',
}


class Row(NamedTuple):
    """A requirement as the document has it."""

    id: str
    level: str
    asks: str
    state: str
    evidence: str


def rows() -> list[Row]:
    """The rows of all its tables."""
    lines = re.findall(r"^\| (\d.*) \|$", DOCUMENT.read_text(), re.MULTILINE)
    return [Row(*line.split(" | ")) for line in lines]


def named(row: Row) -> list[str]:
    """The files in the evidence, and the tests: file, two colons, name."""
    quoted = re.findall(r"`([^`]+)`", row.evidence)
    return [text for text in quoted if not text.startswith("/") and ("/" in text or Path(text).suffix)]


@cache
def text_of(path: str) -> str:
    """A file's text; nothing where there is none."""
    file = ROOT / path
    return file.read_text() if file.is_file() else ""


def is_there(thing: str) -> bool:
    """Whether a file exists, and holds the test that is named."""
    path, _, name = thing.partition("::")
    if not name:
        return (ROOT / path).exists()
    pattern = TESTS.get(Path(path).suffix, "").replace("{name}", re.escape(name))
    return bool(pattern) and re.search(pattern, text_of(path), re.MULTILINE) is not None


def test_each_requirement_of_levels_1_and_2_stands_there_once_in_the_standards_order() -> None:
    assert len(requirements()) == 253
    assert [(row.id, row.level) for row in rows()] == requirements()


def test_each_requirement_says_how_it_stands_and_why() -> None:
    assert {row.state for row in rows()} == {"met", "not applicable", "not met"}
    assert [row.id for row in rows() if not row.asks] == []
    assert [row.id for row in rows() if row.state == "met" and not named(row)] == []
    # Of the rest it is said in words what there is not.
    words = {row.id: re.sub(r"`[^`]+`", "", row.evidence).split() for row in rows()}
    assert [row.id for row in rows() if row.state != "met" and len(words[row.id]) < 3] == []


def test_what_is_named_as_evidence_is_there() -> None:
    assert [f"{row.id}: {thing}" for row in rows() for thing in named(row) if not is_there(thing)] == []


@pytest.mark.parametrize(
    "thing",
    [
        "tests/test_gone.py",
        "tests/test_asvs.py::test_that_nobody_wrote",
        "tests/test_asvs.py::test_what_a_requirement",
        # What is a function and no test.
        "backend/web/src/sessions/id.rs::hash",
        "tests/browser/sign-in.spec.js::nobody signs in",
    ],
)
def test_what_is_not_there_is_noticed(thing: str) -> None:
    assert not is_there(thing)
