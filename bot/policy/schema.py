"""How each kind of value is read from text, and what an editor is told about it.

It knows kinds only; which key has which kind is `model`'s declaration.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from bot.policy import match as matching
from bot.policy import values as read
from bot.policy.match import Span, Words
from bot.policy.values import MoneyLimit, Need
from bot.policy.words import Merge

IDLE = "no_effect_yet"  # beside a key that is checked but obeyed by nothing


@dataclass(frozen=True, eq=False, slots=True)  # pydantic hashes it, by identity
class Leaf:
    """How one kind of value is read from text and what an editor is told about it."""

    reader: Callable[[object], Any]
    schema: dict[str, Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return BeforeValidator(self.reader).__get_pydantic_core_schema__(source, handler)

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        del core, handler  # the text form is not what pydantic would derive from the type
        return dict(self.schema)


def choice(words: type[StrEnum]) -> Leaf:
    """One word out of a closed list."""
    return Leaf(read.choice(words), {"enum": [str(word) for word in words]})


def matcher(*, tree: bool = False) -> Leaf:
    """A word, a list of them or `{ not: ... }`; with `tree` a category may end in `/**`."""
    one: dict[str, Any] = {"type": ["string", "number"]}
    several: dict[str, Any] = {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}
    negated = {"type": "object", "properties": {"not": several}, "required": ["not"], "additionalProperties": False}
    return Leaf(matching.words(tree=tree), {"anyOf": [*several["anyOf"], negated]})


def key(meaning: str, unit: str = "", merge: Merge = Merge.REPLACE, builtin: str = "") -> Any:
    """A setting or limit: what it means, its unit, how layers merge, what holds where no file says anything."""
    return Field(
        default=None, description=meaning, json_schema_extra={"unit": unit, "merge": str(merge), "builtin": builtin}
    )


def idle(meaning: str, instead: str, default: Any = None) -> Any:
    """A key that is read and checked but that nothing obeys yet; `instead` says what happens in its place."""
    return Field(default=default, description=f"{meaning}; no effect yet: {instead}", json_schema_extra={IDLE: instead})


_NUMBER_SCHEMA: dict[str, Any] = {"type": ["number", "string"]}
_MONEY_SCHEMA: dict[str, Any] = {"type": "string", "pattern": r"^\d+(\.\d+)? +[A-Z]{3}$", "examples": ["2000 EUR"]}
_TEXT_SCHEMA: dict[str, Any] = {"type": "string"}
_DAY_SCHEMA: dict[str, Any] = {"type": "string", "format": "date"}

Text = Annotated[str, Leaf(read.text, _TEXT_SCHEMA)]
Name = Annotated[str, Leaf(read.name, _TEXT_SCHEMA)]
Currency = Annotated[str, Leaf(read.currency, {"type": "string", "pattern": "^[A-Z]{3}$"})]
Day = Annotated[date, Leaf(read.day, _DAY_SCHEMA)]
Days = Annotated[Decimal, Leaf(read.number(Decimal(0), Decimal(3650)), _NUMBER_SCHEMA)]
PositiveDays = Annotated[Decimal, Leaf(read.number(high=Decimal(3650), above=Decimal(0)), _NUMBER_SCHEMA)]
Hours = Annotated[Decimal, Leaf(read.number(above=Decimal(0), high=Decimal(8784)), _NUMBER_SCHEMA)]
Ratio = Annotated[Decimal, Leaf(read.number(above=Decimal(0)), _NUMBER_SCHEMA)]
Pct = Annotated[Decimal, Leaf(read.number(Decimal(0)), _NUMBER_SCHEMA)]
ServicePct = Annotated[Decimal, Leaf(read.percentage(below=Decimal(100)), _NUMBER_SCHEMA)]
ScorePct = Annotated[Decimal, Leaf(read.percentage(high=Decimal(100), zero=True), _NUMBER_SCHEMA)]
Count = Annotated[int, Leaf(read.whole(0, 1_000_000), _NUMBER_SCHEMA)]
Priority = Annotated[int, Leaf(read.whole(-1000, 1000), _NUMBER_SCHEMA)]
Cost = Annotated[MoneyLimit, Leaf(read.money(exact=False), _MONEY_SCHEMA)]
Cap = Annotated[MoneyLimit, Leaf(read.money(exact=True), _MONEY_SCHEMA)]
Version = Annotated[Literal["1"], Leaf(read.text, {"enum": [1, "1"]})]
Forecaster = Annotated[
    str, Leaf(read.forecaster, {"type": "string", "examples": ["auto", "TSB(alpha=0.1)", "AutoETS(auto=True, sp=52)"]})
]
TimeZone = Annotated[str, Leaf(read.timezone, _TEXT_SCHEMA)]
Holidays = Annotated[str, Leaf(read.holidays, {"type": "string", "pattern": "^[A-Z]{2}(-[A-Z0-9]{1,3})?$"})]
People = Annotated[Need, Leaf(read.need, _TEXT_SCHEMA)]
CodeWords = Annotated[Words, matcher()]
CategoryWords = Annotated[Words, matcher(tree=True)]
PriceSpan = Annotated[Span, Leaf(matching.span, {"type": "object"})]
