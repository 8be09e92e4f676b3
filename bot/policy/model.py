"""The declaration of everything that a policy may say: one field per key with type, unit, merge rule, meaning.

The same fields drive reading, docs/policies.md and policies/schema.json; nothing is read or resolved here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.policy import match as matching
from bot.policy import values as read
from bot.policy.match import Span, Words
from bot.policy.values import MoneyLimit, Need
from bot.policy.words import (
    AlwaysFor,
    BreakerAction,
    FreezeAction,
    Layer,
    Merge,
    Mode,
    Objective,
    OnTimeout,
    ShortagePer,
    UnmetDemand,
    Watch,
)

Part = TypeVar("Part", bound=BaseModel)


@dataclass(frozen=True, eq=False, slots=True)  # pydantic hashes it, by identity
class _Leaf:
    """How one kind of value is read from text and what an editor is told about it."""

    reader: Callable[[object], Any]
    schema: dict[str, Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return BeforeValidator(self.reader).__get_pydantic_core_schema__(source, handler)

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        del core, handler  # the text form is not what pydantic would derive from the type
        return dict(self.schema)


def _choice(words: type[StrEnum]) -> _Leaf:
    return _Leaf(read.choice(words), {"enum": [str(word) for word in words]})


def _match(*, tree: bool = False) -> _Leaf:
    one: dict[str, Any] = {"type": ["string", "number"]}
    several: dict[str, Any] = {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}
    negated = {"type": "object", "properties": {"not": several}, "required": ["not"], "additionalProperties": False}
    return _Leaf(matching.words(tree=tree), {"anyOf": [*several["anyOf"], negated]})


def _key(meaning: str, unit: str = "", merge: Merge = Merge.REPLACE, builtin: str = "") -> Any:
    return Field(
        default=None, description=meaning, json_schema_extra={"unit": unit, "merge": str(merge), "builtin": builtin}
    )


_NUMBER_SCHEMA: dict[str, Any] = {"type": ["number", "string"]}
_MONEY_SCHEMA: dict[str, Any] = {"type": "string", "pattern": r"^\d+(\.\d+)? +[A-Z]{3}$", "examples": ["2000 EUR"]}
_TEXT_SCHEMA: dict[str, Any] = {"type": "string"}
_VERSION = _Leaf(read.text, {"enum": [1, "1"]})
_DAY_SCHEMA: dict[str, Any] = {"type": "string", "format": "date"}

Text = Annotated[str, _Leaf(read.text, _TEXT_SCHEMA)]
Name = Annotated[str, _Leaf(read.name, _TEXT_SCHEMA)]
Currency = Annotated[str, _Leaf(read.currency, {"type": "string", "pattern": "^[A-Z]{3}$"})]
Day = Annotated[date, _Leaf(read.day, _DAY_SCHEMA)]
Days = Annotated[Decimal, _Leaf(read.number(Decimal(0), Decimal(3650)), _NUMBER_SCHEMA)]
PositiveDays = Annotated[Decimal, _Leaf(read.number(high=Decimal(3650), above=Decimal(0)), _NUMBER_SCHEMA)]
Hours = Annotated[Decimal, _Leaf(read.number(above=Decimal(0), high=Decimal(8784)), _NUMBER_SCHEMA)]
Ratio = Annotated[Decimal, _Leaf(read.number(above=Decimal(0)), _NUMBER_SCHEMA)]
Pct = Annotated[Decimal, _Leaf(read.number(Decimal(0)), _NUMBER_SCHEMA)]
ServicePct = Annotated[Decimal, _Leaf(read.percentage(below=Decimal(100)), _NUMBER_SCHEMA)]
ScorePct = Annotated[Decimal, _Leaf(read.percentage(high=Decimal(100), zero=True), _NUMBER_SCHEMA)]
Count = Annotated[int, _Leaf(read.whole(0, 1_000_000), _NUMBER_SCHEMA)]
Priority = Annotated[int, _Leaf(read.whole(-1000, 1000), _NUMBER_SCHEMA)]
Cost = Annotated[MoneyLimit, _Leaf(read.money(exact=False), _MONEY_SCHEMA)]
Cap = Annotated[MoneyLimit, _Leaf(read.money(exact=True), _MONEY_SCHEMA)]


class _Part(BaseModel):
    """A group of keys; unknown ones are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    def given(self) -> Iterator[tuple[str, Any]]:
        """The keys that were written, with their values, in the order of the declaration."""
        return ((key, value) for key in type(self).model_fields if (value := getattr(self, key)) is not None)


class Settings(_Part):
    """How a row is planned; a higher layer overrides by the key's merge rule."""

    mode: Annotated[Mode, _choice(Mode)] | None = _key("how much the bot may do alone", builtin="suggest")
    objective: Annotated[Objective, _choice(Objective)] | None = _key(
        "what the order-up-to level is chosen by", builtin="cost with a shortage cost, else cycle_service"
    )
    unmet_demand: Annotated[UnmetDemand, _choice(UnmetDemand)] | None = _key(
        "what becomes of unmet demand", builtin="backorder"
    )
    service_level_pct: ServicePct | None = _key(
        "share of cycles without a stock-out", "% above 1 and below 100", builtin="95"
    )
    fill_rate_pct: ServicePct | None = _key(
        "share of demand served from stock", "% above 1 and below 100", builtin="95"
    )
    shortage_cost: Cost | None = _key("cost of one unit short", "amount with currency")
    shortage_cost_per: Annotated[ShortagePer, _choice(ShortagePer)] | None = _key(
        "whether it is paid once or for every week short", builtin="unit"
    )
    holding_cost_per_week: Cost | None = _key("cost of one unit in stock for a week", "amount with currency")
    holding_rate_pct_per_year: Pct | None = _key("cost of stock as a share of its value", "% per year")
    order_cost: Cost | None = _key("cost of placing one order", "amount with currency")
    review_period_days: PositiveDays | None = _key("time between two looks", "calendar days")
    lead_time_buffer_days: Days | None = _key(
        "added to the learned lead time; the most careful layer wins", "calendar days", Merge.MAX, "0"
    )


class Limits(_Part):
    """Limits that a rule may tighten; the strictest layer wins (`_max` the smallest, `_min` the largest)."""

    auto_order_value_max: Cap | None = _key(
        "order value incl. other open drafts of the supplier; above, or where nothing is set, a person approves",
        "amount with currency",
    )
    order_value_max: Cap | None = _key("order value; above, nothing is ordered here", "amount with currency")
    qty_vs_usual_max_ratio: Ratio | None = _key("quantity against the usual receipt", "ratio", builtin="3")
    price_rise_max_pct: Pct | None = _key("price against contract, else last price paid", "%", builtin="5")
    price_collar_max_pct: Pct | None = _key(
        "price up or down against last paid, else contract; outside it is held", "%", builtin="20"
    )
    cover_max_days: Ratio | None = _key("projected cover after receipt", "calendar days")
    stock_data_age_max_hours: Hours | None = _key("age of the stock figures", "hours", builtin="26")
    supplier_score_min_pct: ScorePct | None = _key("supplier score; below, a person approves", "%")
    forecast_jump_max_ratio: Ratio | None = _key(
        "forecast of the interval against the recent level; above it is held", "ratio", builtin="10"
    )


class CompanyLimits(Limits):
    """Limits of the whole company, among them those that count over a run, a day or a week."""

    auto_spend_per_day_max: Cap | None = _key("spent alone in one day", "amount with currency")
    auto_spend_per_week_max: Cap | None = _key("spent alone in seven days", "amount with currency")
    auto_orders_per_run_max: Count | None = _key("orders sent alone in one run", "orders")


class Match(_Part):
    """Rows that a rule is for; keys are joined by AND, a list by OR, a missing attribute never matches."""

    item: Annotated[Words, _match()] | None = Field(default=None, description="item, as the ERP shows it")
    location: Annotated[Words, _match()] | None = Field(default=None, description="location, as the ERP shows it")
    supplier: Annotated[Words, _match()] | None = Field(default=None, description="supplier, as the ERP shows it")
    category: Annotated[Words, _match(tree=True)] | None = Field(
        default=None, description="category path; fasteners/** is a whole tree"
    )
    abc: Annotated[Words, _match()] | None = Field(default=None, description="class by value: A, B, C")
    xyz: Annotated[Words, _match()] | None = Field(default=None, description="class by steadiness: X, Y, Z")
    pattern: Annotated[Words, _match()] | None = Field(
        default=None, description="demand pattern: smooth, erratic, intermittent, lumpy ..."
    )
    lifecycle: Annotated[Words, _match()] | None = Field(default=None, description="new, mature, fading ...")
    tags: Annotated[Words, _match()] | None = Field(default=None, description="one of the row's tags")
    unit_price: Annotated[Span, _Leaf(matching.span, {"type": "object"})] | None = Field(
        default=None, description="price of one base unit in the policy's currency: { gte: 10, lt: 50 }"
    )

    def parts(self) -> list[tuple[str, Words | Span]]:
        """Attribute and matcher, in the order of the declaration."""
        return list(self.given())

    def only(self, attribute: str) -> "Match":
        """A match that asks for one attribute of this one."""
        return Match.model_construct(**{attribute: getattr(self, attribute)})

    @property
    def layer(self) -> Layer:
        """The highest layer that is named; `not` names nothing."""
        for layer in (Layer.ITEM, Layer.LOCATION, Layer.SUPPLIER):
            found = getattr(self, layer.name.lower())
            if found is not None and not found.negated:
                return layer
        return Layer.CATEGORY


class _Dated(_Part):
    from_: Day | None = Field(default=None, alias="from", description="first day it applies")
    until: Day | None = Field(default=None, description="first day it no longer applies")
    reason: Text | None = Field(default=None, description="why; needed with until")

    def active(self, on: date) -> bool:
        """Whether it applies on a day."""
        return (self.from_ is None or self.from_ <= on) and (self.until is None or on < self.until)


class Rule(_Dated):
    """Settings and limits for the rows that match."""

    id: Name
    match: Match
    settings: Settings = Field(default=Settings(), alias="set", description="settings for these rows")
    limits: Limits = Field(default=Limits(), description="limits to tighten for these rows")
    priority: Priority = Field(default=0, description="wins inside a layer")
    review_by: Day | None = Field(default=None, description="day on which somebody looks at it again")


class Freeze(_Dated):
    """A time in which orders of the rows are held or shown to a person."""

    id: Name
    match: Match = Field(default=Match(), description="rows it is for; everything when left out")
    action: Annotated[FreezeAction, _choice(FreezeAction)] = Field(
        default=FreezeAction.HOLD, description="what happens to orders"
    )


class Breaker(_Part):
    """A figure of the run that stops autonomy when it is too high."""

    watch: Annotated[Watch, _choice(Watch)]
    above: Pct
    then: Annotated[BreakerAction, _choice(BreakerAction)]


class Route(_Part):
    """Who approves orders up to a value; the first row that covers the value is taken."""

    id: Name
    up_to: Cap
    need: list[Annotated[Need, _Leaf(read.need, _TEXT_SCHEMA)]] = Field(min_length=1)


class Approvals(_Part):
    """How people are asked."""

    routes: list[Route] = Field(default=[], description="who approves up to which value")
    always_for: list[Annotated[AlwaysFor, _choice(AlwaysFor)]] = Field(
        default=list(AlwaysFor), description="a person approves in any case"
    )
    remind_after_working_hours: Hours = Field(default=Decimal(4), description="working hours until a reminder")
    escalate_after_working_hours: Hours = Field(
        default=Decimal(8), description="working hours until the fallback is asked"
    )
    on_timeout: Annotated[OnTimeout, _choice(OnTimeout)] = Field(
        default=OnTimeout.HOLD, description="what happens when nobody decides"
    )
    undo_minutes: Count | None = Field(default=None, description="time to take an approval back; else the setting's")


class Widen(_Part):
    """A door in a company limit: for the matching rows the limit goes up (or down for _min) to `up_to`."""

    limit: Name
    match: Match
    up_to: Text
    reason: Text | None = Field(default=None, description="why")


class RuleFile(_Part):
    """A file below categories, suppliers, locations or items."""

    version: Annotated[Literal["1"], _VERSION] = Field(default="1", description="form of the file")
    owner: Text | None = Field(default=None, description="whom to ask")
    rules: list[Rule] = Field(default=[], description="the order of this list has no meaning")
    freeze: list[Freeze] = Field(default=[], description="times in which orders are held")


class Company(RuleFile):
    """The company file, policy.yaml."""

    version: Annotated[Literal["1"], _VERSION] = Field(description="form of the file")
    currency: Currency | None = Field(default=None, description="currency of every amount in the policy")
    defaults: Settings = Field(default=Settings(), description="every row starts here")
    limits: CompanyLimits = Field(default=CompanyLimits(), description="no rule can loosen these")
    approvals: Approvals = Field(default=Approvals(), description="how people are asked")
    breakers: list[Breaker] = Field(default=[], description="figures of a run that stop autonomy")
    widen: list[Widen] = Field(default=[], description="doors in the company limits")


def validation_errors(model: type[Part], content: object) -> tuple[Part | None, list[Any]]:
    """The typed content, or None and pydantic's list of mistakes (`loc`, `type`, `msg`, `ctx`)."""
    try:
        return model.model_validate(content), []
    except ValidationError as error:
        return None, list(error.errors(include_url=False))
