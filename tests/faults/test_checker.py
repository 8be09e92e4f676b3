"""The checker finds each kind of lie, and it knows nothing of the program that it judges."""

import ast
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.faults import checker
from tests.faults.checker import Check, Document

KEY = "ABCDEFGHJK23"
LINES = [["bolt", "L1", "100"]]


def told(*lines: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"n": place, "key": KEY, **line} for place, line in enumerate(lines, 1)]


def order() -> dict[str, Any]:
    return {"kind": "order", "state": "approved", "supplier": "acme", "lines": LINES}


def step(before: str, to: str, number: str = "", reason: str = "why") -> dict[str, Any]:
    return {"kind": "state", "before": before, "to": to, "reason": reason, "number": number}


def call() -> dict[str, Any]:
    return {"kind": "call", "call": "create", "attempt": 1, "number": ""}


def post(fault: str = "pass") -> dict[str, Any]:
    return {"kind": "write", "method": "POST", "path": "/orders", "fault": fault}


def outcome(kind: str, number: str = "") -> dict[str, Any]:
    return {"kind": "outcome", "call": "create", "attempt": 1, "outcome": kind, "number": number, "what": "x"}


def done(status: str = "201") -> dict[str, Any]:
    return {"kind": "done", "status": status}


def document(number: str = "1", **changes: Any) -> Document:
    values = {"supplier": "acme", "live": True, "lines": [("bolt", "L1", Decimal(100))], **changes}
    return Document(number, values.pop("key", KEY), **values)


SENDING = step("approved", "sending")
CREATED = [order(), SENDING, call(), post(), done(), outcome("done", "1"), step("sending", "sent", "1")]
GOOD = [*CREATED, step("sent", "released", "1")]


def test_a_clean_history_has_no_violation() -> None:
    check = Check(told(*GOOD), [document()])
    assert check.wrong == []
    assert (check.duplicates, check.lost) == (0, 0)
    assert "1 orders, 1 documents" in check.summary("x")


LIES: dict[str, tuple[list[dict[str, Any]], list[Document], str]] = {
    "two documents": (GOOD, [document(), document("2")], "ordered 2 times"),
    "no document": (GOOD, [], "which the ERP does not hold"),
    "another number": (GOOD, [document("7")], "which the ERP does not hold"),
    "cancelled document": (GOOD, [document(live=False)], "which the ERP does not hold"),
    "another quantity": (GOOD, [document(lines=[("bolt", "L1", Decimal(99))])], "ordered was"),
    "another supplier": (GOOD, [document(supplier="other")], "ordered was"),
    "a stranger": (GOOD, [document(), document("2", key="ZZZZZZZZZZZZ")], "nobody ordered"),
    "no intent": ([order(), call(), post(), outcome("done", "1")], [document()], "without an intent"),
    "two calls on one intent": (
        [order(), SENDING, call(), outcome("unknown"), call(), outcome("done", "1"), step("sending", "sent", "1")],
        [document()],
        "sent twice on one intent",
    ),
    "two posts in one call": (
        [order(), SENDING, call(), post(), post(), outcome("done", "1"), step("sending", "sent", "1")],
        [document()],
        "2 posts",
    ),
    "a post of nobody": ([*GOOD, post()], [document()], "outside any call"),
    "no class": ([order(), SENDING, call(), outcome("unclassed"), step("sending", "unknown")], [], "unclassed"),
    "no outcome": ([order(), SENDING, call()], [], "has no outcome"),
    "left on the way": ([order(), SENDING, call(), outcome("unknown"), step("sending", "unknown")], [], "ends unknown"),
    "no reason": (
        [order(), SENDING, call(), outcome("refused"), step("sending", "refused", reason="")], [], "without a reason",
    ),
    "refused and there": (
        [order(), SENDING, call(), outcome("refused"), step("sending", "refused")], [document()], "said to be refused",
    ),
    "not sent and there": (
        [order(), SENDING, call(), post(), done(), outcome("not_sent"), step("sending", "approved"),
         step("approved", "held")],
        [],
        "the server had the order",
    ),
    "not sent and still coming": (
        [order(), SENDING, call(), post("late"), outcome("not_sent"), step("sending", "approved"),
         step("approved", "held")],
        [],
        "the server had the order",
    ),
    "a step that was not told": ([order(), step("sending", "sent", "1")], [document()], "while it is approved"),
    "sent again twice": (
        [order(), step("approved", "sending"), step("sending", "unknown"), step("unknown", "approved"),
         step("approved", "sending"), step("sending", "unknown"), step("unknown", "approved"),
         step("approved", "held")],
        [],
        "sent again 2 times",
    ),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_each_lie_is_found(lie: str) -> None:
    lines, documents, word = LIES[lie]
    wrong = Check(told(*lines), documents).wrong
    assert any(word in text for text in wrong), wrong


def test_a_line_that_was_taken_out_is_missed() -> None:
    history = told(*GOOD)
    del history[2]
    assert "missing" in Check(history, [document()]).wrong[0]


def test_a_token_that_was_asked_for_allows_the_post_again() -> None:
    lines = [order(), SENDING, call(), post(), done("403"), post(), done(), *CREATED[5:], step("sent", "released", "1")]
    assert Check(told(*lines), [document()]).wrong == []


def test_it_imports_nothing_of_the_program() -> None:
    tree = ast.parse(Path(checker.__file__).read_text("utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names
