"""Messages by class, and what troubles of a write mean, row by row."""

from typing import Any

import pytest

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused, Retryable
from connectors.answers import Outcome
from connectors.sap.ecc_messages import OUTCOMES, code, failures, locked, messages, refusal, write_error
from connectors.sap.rfc import RfcProblem, Trouble

ERRORS = {
    Outcome.NOT_SENT: Retryable, Outcome.REFUSED: Refused, Outcome.DENIED: NeedsAdmin, Outcome.UNKNOWN: OutcomeUnknown,
}  # fmt: skip


def row(kind: str, text: str, identity: str = "06", number: str = "017") -> dict[str, Any]:
    return {"TYPE": kind, "ID": identity, "NUMBER": number, "MESSAGE": text}


def test_every_stage_and_trouble_has_an_outcome() -> None:
    assert set(OUTCOMES) == {(stage, trouble) for stage in ("open", "call", "commit") for trouble in Trouble}


@pytest.mark.parametrize(("stage", "trouble"), list(OUTCOMES))
def test_each_row_of_the_table_raises_its_error(stage: str, trouble: Trouble) -> None:
    problem = RfcProblem(trouble, "x", opening=stage == "open")
    assert type(write_error(problem, stage, "KEY", "ecc")) is ERRORS[OUTCOMES[stage, trouble]]


def test_a_commit_never_ends_in_a_clear_no_once_it_was_sent() -> None:
    sent = {trouble: OUTCOMES["commit", trouble] for trouble in Trouble if trouble is not Trouble.CLOSED}
    assert set(sent.values()) == {Outcome.UNKNOWN}


def test_only_what_never_ran_is_not_sent() -> None:
    not_sent = {pair for pair, outcome in OUTCOMES.items() if outcome is Outcome.NOT_SENT}
    assert {stage for stage, trouble in not_sent if trouble is not Trouble.CLOSED} == {"open"}


def test_return_may_be_a_table_a_structure_or_nothing() -> None:
    assert messages({"RETURN": [row("S", "a"), row("", "b")]}) == [row("S", "a")]
    assert messages({"RETURN": row("E", "a")}) == [row("E", "a")]
    assert messages({"RETURN": {"TYPE": ""}}) == []
    assert messages({}) == []


@pytest.mark.parametrize(
    ("kind", "bad"), [("S", False), ("I", False), ("W", False), ("E", True), ("A", True), ("X", True)]
)
def test_classes_of_messages(kind: str, *, bad: bool) -> None:
    assert bool(failures({"RETURN": [row(kind, "t")]})) is bad


def test_warnings_may_block_by_identity_never_by_text() -> None:
    answer = {"RETURN": [row("W", "late", "ME", "040"), row("W", "other", "ME", "041")]}
    assert [code(each) for each in failures(answer, frozenset({"ME/040"}))] == ["ME/040"]


def test_the_cause_comes_last_and_is_shown_first() -> None:
    rows = [row("E", "No instance created"), row("E", "header still faulty"), row("E", "already ordered in full")]
    assert refusal(rows).reason.split("; ")[0] == "06/017: already ordered in full"
    assert "No instance created" in refusal(rows).reason


def test_older_modules_have_a_code_of_their_own() -> None:
    old = {"TYPE": "E", "CODE": "ME083", "MESSAGE": "x"}
    assert code(old) == "ME083"
    assert locked([old], frozenset({"ME083"}))
    assert not locked([old], frozenset())
