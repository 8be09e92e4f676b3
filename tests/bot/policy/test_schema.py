"""Kinds of values: what an editor is told agrees with what is read."""

import re
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from bot.policy.schema import Cap, Currency, Holidays


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (Cap, ["2000 EUR", "0.05 EUR"], ["2000", "-1 EUR", "2000 euro", "2,000 EUR"]),
        (Currency, ["EUR", "JPY"], ["eur", "EURO"]),
        (Holidays, ["DE", "DE-BY", "AT-9"], ["de-by", "Bavaria"]),
    ],
)
def test_the_pattern_of_the_schema_accepts_what_is_read_and_refuses_what_is_not(
    kind: Any, good: list[str], bad: list[str]
) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    pattern = adapter.json_schema()["pattern"]
    for text in good:
        assert re.search(pattern, text)
        adapter.validate_python(text)
    for text in bad:
        assert not re.search(pattern, text)
        with pytest.raises(ValidationError):
            adapter.validate_python(text)
