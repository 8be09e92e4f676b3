"""The table of findings: complete rows, filled gaps, no row that nobody uses, no code that is not in it."""

import re
from pathlib import Path

import pytest

from bot.diagnoses.found import KINDS, fine, found
from bot.diagnoses.kind import Grade

ROOT = Path(__file__).parents[3]
SOURCES = [
    path
    for package in ("bot", "connectors")
    for path in (ROOT / package).rglob("*.py")
    if "diagnoses" not in path.parts and "sandbox" not in path.parts
]


def test_a_finding_takes_its_grade_and_reason_from_the_table() -> None:
    made = found("host-unknown", "s4.invalid is not known", setting="base_url")
    assert (made.grade, made.why) == (Grade.ERROR, KINDS["host-unknown"].why)
    assert "base_url" in made.remedy
    assert found("nobody-approves", "x", grade=Grade.WARNING).grade == "warning"
    assert fine("good").grade == "ok"


def test_a_gap_that_is_not_filled_is_an_error_of_the_program() -> None:
    with pytest.raises(KeyError):
        found("host-unknown", "x")
    with pytest.raises(KeyError):
        found("no-such-code", "x")


def test_codes_are_plain_words_and_rows_are_complete() -> None:
    for code, kind in KINDS.items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)
        assert kind.grade is not Grade.OK
        assert kind.why
        assert kind.remedy


def test_every_row_is_used_and_every_code_has_a_row() -> None:
    text = "\n".join(path.read_text("utf-8") for path in SOURCES)
    assert [code for code in KINDS if f'"{code}"' not in text] == []
    named = set(re.findall(r'\bfound\(\s*"([a-z0-9-]+)"', text))
    assert len(named) > 60
    assert named <= KINDS.keys()
