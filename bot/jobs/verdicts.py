"""Proposals get their price, their exact value and the verdict of policy; every row keeps its reason.

Rows that are not proposed pass through unchanged; nothing is stored or sent.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import numpy as np
import pandas as pd

from bot.guards.table import guard_names
from bot.inventory.lots import broken_price, unwritable
from bot.jobs.charts import chart_texts
from bot.jobs.figures import KEYS, Steps
from bot.orders.draft import exact
from bot.orders.model import GuardHit
from bot.orders.money import line_amount, to_minor
from bot.orders.news import IN_ERP
from bot.orders.plan import Memory
from bot.patterns.spikes import recent_spikes
from bot.policy.bundle import PolicySet
from bot.policy.decide import decide
from bot.policy.facts import RunFacts
from bot.policy.hits import hits_of
from bot.policy.resolve import resolve
from bot.snapshot import views
from bot.snapshot.dataset import Snapshot

REJECTION_DAYS = 14
REMEMBERED_DAYS = 90  # for so long what somebody undid in the ERP comes back to a person, never by itself
UNDONE = "; somebody cancelled, refused or cut such an order in the ERP"
REJECTION_CHANGE = 0.25  # a need that changed by more than this share is asked about again
MOST_CHARTS = 4000
SUPPLIER_MINIMUM = "supplier_minimum"
UNWRITABLE = "; the average price of the price breaks is not exact in the currency"


def judged(
    table: pd.DataFrame,
    steps: Steps,
    snapshot: Snapshot,
    policies: PolicySet,
    memory: Memory,
    rates: Mapping[str, Decimal],
    run: RunFacts,
) -> pd.DataFrame:
    """The decisions table: `table` plus decision, amount_minor, mode, guards, rules, guard_hits and chart."""
    table = _postponed(table, memory, pd.Timestamp(snapshot.as_of))
    proposed = np.flatnonzero(
        (table["reason"] == "below_reorder_point").to_numpy() & (table["quantity"] > 0).to_numpy()
    )
    spiked = recent_spikes(steps.panel)[proposed]
    lines = _priced(table.iloc[proposed].reset_index(drop=True), snapshot, policies.currency, rates, spiked)
    resolved = resolve(policies, steps.matching.iloc[proposed].reset_index(drop=True), snapshot.as_of)
    decided = decide(lines, resolved, run=run)
    decided = decided.assign(
        guard_hits=_objects([tuple(GuardHit(*hit) for hit in hits) for hits in hits_of(decided, resolved, run)]),
        guards=pd.Series([" ".join(guard_names(int(mask))) for mask in decided["guards"]], dtype="str"),
        rules=decided["rules"].astype("str").str.replace(",", " "),
        chart=_charts(steps, proposed, decided),
        mode=decided["mode"].astype("str"),
        decision=decided["verdict"].astype("str"),
    )
    return _spread(table, proposed, _with_minimum(decided))


def _objects(values: Sequence[object]) -> pd.Series:
    """A column of tuples; pandas would otherwise take equally long ones for a table."""
    column = np.empty(len(values), dtype=object)
    for place, value in enumerate(values):
        column[place] = value
    return pd.Series(column, dtype=object)


def _charts(steps: Steps, proposed: np.ndarray, decided: pd.DataFrame) -> np.ndarray:
    """Chart texts of the lines that a person will see, the riskiest first up to a cap; empty for the others."""
    seen = np.flatnonzero((decided["verdict"] != "none").to_numpy())
    ranked = seen[np.argsort(-decided["stockout_risk"].to_numpy()[seen], kind="stable")][:MOST_CHARTS]
    texts = np.full(len(decided), "", dtype=object)
    texts[ranked] = chart_texts(steps.panel, steps.patterns, steps.forecast, steps.interval.mean, proposed[ranked])
    return texts


def _postponed(table: pd.DataFrame, memory: Memory, as_of: pd.Timestamp) -> pd.DataFrame:
    """Take back proposals that cannot go out today or that a person rejected and that have not changed."""
    proposed = (table["reason"] == "below_reorder_point").to_numpy()
    waits = proposed & (table["wait"] > 0).to_numpy()
    rejected = proposed & ~waits & _rejected(table, memory, as_of)
    reason = np.where(waits, "not_an_order_day", np.where(rejected, "rejected_before", table["reason"]))
    doubts = table["doubts"].where(~(proposed & _undone(table, memory, as_of)), table["doubts"] + UNDONE)
    quantity = np.where(waits | rejected, 0.0, table["quantity"])
    return table.assign(reason=reason, quantity=quantity, doubts=doubts.str.removeprefix("; "))


def _undone(table: pd.DataFrame, memory: Memory, as_of: pd.Timestamp) -> np.ndarray:
    """Where somebody undid an order in the ERP lately, whichever supplier had it."""
    if memory.rejections.empty:
        return np.zeros(len(table), dtype=bool)
    told = _since(memory.rejections[memory.rejections["actor"] == IN_ERP], as_of, REMEMBERED_DAYS)
    known = pd.MultiIndex.from_frame(told[KEYS].astype("str"))
    return np.asarray(pd.MultiIndex.from_frame(table[KEYS].astype("str")).isin(known))


def _since(rejections: pd.DataFrame, as_of: pd.Timestamp, days: int) -> pd.DataFrame:
    dated = rejections.assign(rejected_on=pd.to_datetime(rejections["rejected_on"]).dt.tz_localize(None))
    return dated[dated["rejected_on"] >= as_of - pd.Timedelta(days=days)]


def _rejected(table: pd.DataFrame, memory: Memory, as_of: pd.Timestamp) -> np.ndarray:
    if memory.rejections.empty:
        return np.zeros(len(table), dtype=bool)
    recent = _since(memory.rejections, as_of, REJECTION_DAYS)
    names = [*KEYS, "supplier"]
    last = recent.astype(dict.fromkeys(names, "str")).drop_duplicates(names, keep="last")[[*names, "quantity"]]
    asked = table[names].astype("str").merge(last, how="left", on=names)["quantity"].to_numpy(dtype="float64")
    change = np.abs(table["quantity"].to_numpy() - asked) / np.maximum(asked, 1e-9)
    return np.asarray(np.isfinite(asked) & (change <= REJECTION_CHANGE))


def _priced(
    lines: pd.DataFrame, snapshot: Snapshot, currency: str, rates: Mapping[str, Decimal], spiked: np.ndarray
) -> pd.DataFrame:
    """Price at the quantity, exact value in the policy's currency, and the columns that guards read.

    `spiked` are the lines whose recent demand holds a value beyond everything else, [n] bool.
    """
    as_of = pd.Timestamp(snapshot.as_of)
    quantity, price = lines["quantity"].to_numpy(), lines["price"].to_numpy(dtype="float64")
    breaks = snapshot["price_breaks"]
    paid = broken_price(lines, breaks, quantity, price, as_of)
    odd = unwritable(lines, breaks, paid, price, as_of)
    doubts = lines["doubts"].where(~odd, (lines["doubts"] + UNWRITABLE).str.removeprefix("; "))
    lines = lines.assign(price=paid, doubts=doubts)
    usual = views.usual_orders(snapshot, lines)
    here = lines[KEYS].merge(snapshot["item_locations"][[*KEYS, "auto_order"]], how="left", on=KEYS)
    counted = lines["counted_on"].fillna(as_of)
    return lines.assign(
        amount_minor=_amounts(lines, currency, rates),
        order_group=pd.factorize(lines["supplier"].astype("str") + "\x1f" + lines["location"].astype("str"))[0],
        usual_quantity=usual["usual_quantity"],
        last_price=usual["last_price"] * lines["price_unit"],
        contract_price=lines["price"].where(lines["contract"].notna()),
        stock_age_hours=(as_of - counted).dt.days * 24.0,
        item_auto_order=here["auto_order"].fillna(True).astype(bool),
        data_doubt=_doubt(lines, snapshot) | spiked | (lines["doubts"] != "").to_numpy(dtype=bool),
        new_item=(lines["lifecycle"] == "new").to_numpy(),
        new_supplier=(lines["supplier_lines"].fillna(0) == 0).to_numpy(),
        recent_mean=lines["recent_mean"] * lines["interval_days"],
    )


def _amounts(lines: pd.DataFrame, currency: str, rates: Mapping[str, Decimal]) -> np.ndarray:
    """Value per line in minor units of the policy's currency, exact; -1 where no rate is known."""
    amounts = []
    for quantity, price, unit, own in zip(
        *(lines[name] for name in ("quantity", "price", "price_unit", "currency")), strict=True
    ):
        amount = line_amount(exact(quantity), exact(price), exact(unit), str(own))
        rate = rates.get(str(own))
        amounts.append(-1 if rate is None else to_minor(amount * rate, currency))
    return np.array(amounts, dtype=np.int64)


def _doubt(lines: pd.DataFrame, snapshot: Snapshot) -> np.ndarray:
    """Lines about which something is contradictory or was set aside: currencies, lots, terms, needs, supplier.

    Of demand and receipts, which are many, a small share may be set aside.
    """
    doubt = lines["currency_doubt"].fillna(False).to_numpy(dtype=bool) | views.lots_in_doubt(snapshot, lines)
    doubt |= views.set_aside(snapshot, lines, "sourcing", "requirements", "price_breaks") > 0
    doubt |= views.suppliers_set_aside(snapshot, lines)
    for name in ("demand", "receipts"):
        doubt |= views.set_aside(snapshot, lines, name) > _tolerated(lines, snapshot, name)
    return np.asarray(doubt)


def _tolerated(lines: pd.DataFrame, snapshot: Snapshot, table: str) -> np.ndarray:
    counts = snapshot[table].groupby(KEYS, observed=True).size().rename("rows").reset_index()
    rows = lines[KEYS].merge(counts, how="left", on=KEYS)["rows"].fillna(0).to_numpy(dtype="float64")
    return np.asarray(views.DOUBTFUL_SHARE * np.maximum(rows, 1.0))


def _with_minimum(decided: pd.DataFrame) -> pd.DataFrame:
    """Orders below the supplier's minimum value go to a person; lines of another verdict are another order.

    Automatic lines that fall short join those that wait for a person, so these are added up last.
    """
    return _fall_short(_fall_short(decided, "auto"), "approve")


def _fall_short(decided: pd.DataFrame, decision: str) -> pd.DataFrame:
    value = (decided["quantity"] * decided["price"] / decided["price_unit"]).where(decided["decision"] == decision)
    total = value.groupby([decided["order_group"], decided["currency"].astype("str")]).transform("sum")
    least = decided["min_order_value"].fillna(0.0)
    low = (value.notna() & (total < least)).to_numpy()
    hits = decided["guard_hits"].to_numpy(dtype=object, copy=True)
    fired = low & ~decided["guards"].str.contains(SUPPLIER_MINIMUM).to_numpy(dtype=bool)
    for place in np.flatnonzero(fired):
        hit = GuardHit(SUPPLIER_MINIMUM, f"{total.iloc[place]:,.2f}", f"{least.iloc[place]:,.2f}")
        hits[place] = (*hits[place], hit)
    guards = decided["guards"].where(~fired, decided["guards"] + f" {SUPPLIER_MINIMUM}").str.strip()
    waiting = np.where(low, "approve", decided["decision"])
    return decided.assign(guard_hits=hits, decision=waiting, guards=guards)


_DECIDED: dict[str, object] = {
    "doubts": "",
    "price": np.nan, "amount_minor": 0, "item_auto_order": None, "decision": "none", "mode": "", "guards": "",
    "rules": "", "route": "", "guard_hits": (), "chart": "", "reason": "",
}  # fmt: skip
_TYPES = {"price": "f8", "amount_minor": "i8"}


def _spread(table: pd.DataFrame, proposed: np.ndarray, decided: pd.DataFrame) -> pd.DataFrame:
    """Put the judged columns back beside all rows; rows that were not proposed keep what they had."""
    silent = (decided["decision"] == "none").to_numpy()
    decided = decided.assign(reason=np.where(silent, "mode_orders_nothing", decided["reason"]))
    return table.assign(**{name: _beside(table, name, proposed, decided[name]) for name in _DECIDED})


def _beside(table: pd.DataFrame, name: str, proposed: np.ndarray, judged_values: pd.Series) -> pd.Series:
    if name in table:
        values = table[name].to_numpy(dtype=object, copy=True)
    else:
        values = _objects([_DECIDED[name]] * len(table)).to_numpy(copy=True)
    values[proposed] = judged_values.to_numpy(dtype=object)
    return pd.Series(values.astype(_TYPES.get(name, "O")), index=table.index)
