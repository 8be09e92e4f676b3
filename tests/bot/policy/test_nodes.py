"""Places of pieces and the excerpts that point at them."""

from bot.policy.nodes import Findings, Node, Place, did_you_mean
from bot.policy.parse import read_yaml

TREE = read_yaml("a.yaml", "set: { mode: assist }\nlist: [x, y]\n")


def test_steps_lead_to_a_value_to_its_key_or_to_the_nearest_piece_around() -> None:
    assert str(TREE.place_of(("set", "mode"))) == "a.yaml:1:14"
    assert str(TREE.place_of(("set", "mode"), key=True)) == "a.yaml:1:8"
    assert str(TREE.place_of(("list", 1))) == "a.yaml:2:11"
    assert str(TREE.place_of(("list", 7))) == "a.yaml:2:7"
    assert TREE.plain() == {"set": {"mode": "assist"}, "list": ["x", "y"]}


def test_only_mappings_have_children() -> None:
    child = TREE.child("list")
    assert child is not None
    assert child.child("x") is None
    assert TREE.child("none") is None
    assert Node(Place("a", 1, 1), "text").plain() == "text"


def test_an_excerpt_marks_the_piece_and_a_line_that_is_not_there_leaves_the_hint() -> None:
    findings = Findings({"a.yaml": "one\ntwo"})
    findings.error(Place("a.yaml", 2, 2, 9), "E1", "m", hint="h")
    findings.warning(Place("a.yaml", 3, 1), "E2", "m", hint="h")
    assert findings.errors[0].excerpt == "2 | two\n  |  ^^ h"
    assert findings.warnings[0].excerpt == "h"


def test_the_nearest_word_has_to_be_near() -> None:
    assert did_you_mean("mdoe", ["mode", "match"]) == 'did you mean "mode"?'
    assert did_you_mean("xyzzy", ["mode", "match"]) == ""
