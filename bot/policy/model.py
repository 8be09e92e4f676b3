"""The declaration of everything that a policy may say: one field per key with type, unit, merge rule, meaning.

The same fields drive reading, docs/policies.md and policies/schema.json; nothing is read or resolved here.
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.forecast.naming import AUTO
from bot.policy.match import Span, Words
from bot.policy.schema import (
    IDLE,
    Cap,
    CategoryWords,
    CodeWords,
    Cost,
    Count,
    Currency,
    Day,
    Days,
    Forecaster,
    Holidays,
    Hours,
    Name,
    Pct,
    People,
    PositiveDays,
    PriceSpan,
    Priority,
    Ratio,
    ScorePct,
    ServicePct,
    Text,
    TimeZone,
    Version,
    choice,
    idle,
    key,
)
from bot.policy.words import (
    ALWAYS_FOR,
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


class _Part(BaseModel):
    """A group of keys; unknown ones are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    def given(self) -> Iterator[tuple[str, Any]]:
        """The keys that were written, with their values, in the order of the declaration."""
        return ((key, value) for key in type(self).model_fields if (value := getattr(self, key)) is not None)


class Settings(_Part):
    """How a row is planned; a higher layer overrides by the key's merge rule."""

    mode: Annotated[Mode, choice(Mode)] | None = key("how much the bot may do alone", builtin="suggest")
    objective: Annotated[Objective, choice(Objective)] | None = key(
        "what the order-up-to level is chosen by", builtin="cost with a shortage cost, else cycle_service"
    )
    unmet_demand: Annotated[UnmetDemand, choice(UnmetDemand)] | None = key(
        "what becomes of unmet demand", builtin="backorder"
    )
    service_level_pct: ServicePct | None = key(
        "share of cycles without a stock-out", "% above 1 and below 100", builtin="95"
    )
    fill_rate_pct: ServicePct | None = key("share of demand served from stock", "% above 1 and below 100", builtin="95")
    shortage_cost: Cost | None = key("cost of one unit short", "amount with currency")
    shortage_cost_per: Annotated[ShortagePer, choice(ShortagePer)] | None = key(
        "whether it is paid once or for every week short", builtin="unit"
    )
    holding_cost_per_week: Cost | None = key("cost of one unit in stock for a week", "amount with currency")
    holding_rate_pct_per_year: Pct | None = key("cost of stock as a share of its value", "% per year")
    order_cost: Cost | None = key("cost of placing one order", "amount with currency")
    review_period_days: PositiveDays | None = key("time between two looks", "calendar days")
    lead_time_buffer_days: Days | None = key(
        "added to the learned lead time; the most careful layer wins", "calendar days", Merge.MAX, "0"
    )
    goods_receipt_days: Days | None = key(
        "time from arrival to usable stock, added to the lead time", "calendar days", builtin="0"
    )
    forecaster: Forecaster | None = key(
        "what gives the expected demand; auto is the model that proves best",
        "auto, Name or Name(key=value)",
        builtin=AUTO,
    )


class Limits(_Part):
    """Limits that a rule may tighten; the strictest layer wins (`_max` the smallest, `_min` the largest)."""

    auto_order_value_max: Cap | None = key(
        "order value incl. other open drafts of the supplier; above, or where nothing is set, a person approves",
        "amount with currency",
    )
    order_value_max: Cap | None = key("order value; above, nothing is ordered here", "amount with currency")
    qty_vs_usual_max_ratio: Ratio | None = key("quantity against the usual receipt", "ratio", builtin="3")
    price_rise_max_pct: Pct | None = key("price against contract, else last price paid", "%", builtin="5")
    price_collar_max_pct: Pct | None = key(
        "price up or down against last paid, else contract; outside it is held", "%", builtin="20"
    )
    cover_max_days: Ratio | None = key("projected cover after receipt", "calendar days")
    stock_data_age_max_hours: Hours | None = key("age of the stock figures", "hours", builtin="26")
    supplier_score_min_pct: ScorePct | None = key("supplier score; below, a person approves", "%")
    forecast_jump_max_ratio: Ratio | None = key(
        "forecast of the interval against the recent level; above it is held", "ratio", builtin="10"
    )


class CompanyLimits(Limits):
    """Limits of the whole company, among them those that count over a run, a day or a week."""

    auto_spend_per_day_max: Cap | None = key("spent alone in one day", "amount with currency")
    auto_spend_per_week_max: Cap | None = key("spent alone in seven days", "amount with currency")
    auto_orders_per_run_max: Count | None = key("orders sent alone in one run", "orders")


class Match(_Part):
    """Rows that a rule is for; keys are joined by AND, a list by OR, a missing attribute never matches."""

    item: CodeWords | None = Field(default=None, description="item, as the ERP shows it")
    location: CodeWords | None = Field(default=None, description="location, as the ERP shows it")
    supplier: CodeWords | None = Field(default=None, description="supplier, as the ERP shows it")
    category: CategoryWords | None = Field(default=None, description="category path; fasteners/** is a whole tree")
    abc: CodeWords | None = Field(default=None, description="class by value: A, B, C")
    xyz: CodeWords | None = Field(default=None, description="class by steadiness: X, Y, Z")
    pattern: CodeWords | None = Field(
        default=None, description="demand pattern: smooth, erratic, intermittent, lumpy ..."
    )
    lifecycle: CodeWords | None = Field(default=None, description="new, mature, fading ...")
    tags: CodeWords | None = idle("one of the row's tags", "no table carries tags, so the rule matches nothing")
    unit_price: PriceSpan | None = Field(
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
    action: Annotated[FreezeAction, choice(FreezeAction)] = Field(
        default=FreezeAction.HOLD, description="what happens to orders"
    )


class Breaker(_Part):
    """A figure of the run that stops autonomy when it is too high."""

    watch: Annotated[Watch, choice(Watch)]
    above: Pct
    then: Annotated[BreakerAction, choice(BreakerAction)]


class Route(_Part):
    """Who approves orders up to a value; the first row that covers the value is taken."""

    id: Name
    up_to: Cap
    need: list[People] = Field(min_length=1)

    @property
    def people(self) -> int:
        """How many people have to approve."""
        return sum(need.count for need in self.need)


class ReplyByEmail(_Part):
    """Approval by answering the mail."""

    up_to: Cap = Field(description="order value up to which an answer by mail would count")


class Approvals(_Part):
    """How people are asked."""

    routes: list[Route] = Field(default=[], description="who approves up to which value")
    always_for: list[Annotated[AlwaysFor, choice(AlwaysFor)]] = Field(
        default=list(ALWAYS_FOR), description="a person approves in any case"
    )
    remind_after_working_hours: Hours | None = idle("working hours until a reminder", "nobody is reminded")
    escalate_after_working_hours: Hours | None = idle(
        "working hours until the fallback is asked", "only the people of the location are asked"
    )
    on_timeout: Annotated[OnTimeout, choice(OnTimeout)] = Field(
        default=OnTimeout.HOLD, description="what happens when nobody decides"
    )
    undo_minutes: Count | None = idle(
        "time to take an approval back", "undo_minutes under [orders] in restock.toml counts"
    )
    reply_by_email: ReplyByEmail | None = idle("approval by answering the mail", "an answer decides nothing")
    fresh_sign_in_above: Cap | None = idle(
        "order value above which the approver signs in again", "any valid session approves"
    )
    passkey_signature_above: Cap | None = idle(
        "order value above which a passkey signs the approval", "the ordinary sign-in is enough"
    )


class Widen(_Part):
    """A door in a company limit: for the matching rows the limit goes up (or down for _min) to `up_to`."""

    limit: Name
    match: Match
    up_to: Text
    reason: Text | None = Field(default=None, description="why")


class RuleFile(_Part):
    """A file below categories, suppliers, locations or items."""

    version: Version = Field(default="1", description="form of the file")
    owner: Text | None = Field(default=None, description="whom to ask")
    rules: list[Rule] = Field(default=[], description="the order of this list has no meaning")
    freeze: list[Freeze] = Field(default=[], description="times in which orders are held")


class Company(RuleFile):
    """The company file, policy.yaml."""

    version: Version = Field(description="form of the file")
    currency: Currency | None = Field(default=None, description="currency of every amount in the policy")
    timezone: TimeZone | None = idle("time zone of the days in policies", "timezone in restock.toml counts")
    holidays: Holidays | None = idle(
        "holidays on which nobody is expected to decide", "nothing is counted in working days"
    )
    defaults: Settings = Field(default=Settings(), description="every row starts here")
    limits: CompanyLimits = Field(default=CompanyLimits(), description="no rule can loosen these")
    approvals: Approvals = Field(default=Approvals(), description="how people are asked")
    breakers: list[Breaker] = Field(default=[], description="figures of a run that stop autonomy")
    widen: list[Widen] = Field(default=[], description="doors in the company limits")


def idle_keys(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """The keys of a group that nothing obeys yet, each with what happens instead."""
    for name, info in model.model_fields.items():
        extra = info.json_schema_extra
        if isinstance(extra, dict) and IDLE in extra:
            yield name, str(extra[IDLE])


def validation_errors(model: type[Part], content: object) -> tuple[Part | None, list[Any]]:
    """The typed content, or None and pydantic's list of mistakes (`loc`, `type`, `msg`, `ctx`)."""
    try:
        return model.model_validate(content), []
    except ValidationError as error:
        return None, list(error.errors(include_url=False))
