"""`restock plan`: plan on a folder of tables without server or database.

It writes orders.csv and sends nothing; the planning itself is bot.jobs.cycle.
"""

from collections import Counter
from datetime import date
from pathlib import Path

import click
import pandas as pd

from bot.cli.folder import folder_options, read_folder, whole
from bot.explain import explain
from bot.jobs.cycle import plan_cycle
from bot.jobs.figures import forecasters_not_used
from bot.orders.plan import Memory, Plan
from bot.policy.bundle import KnownCodes
from bot.policy.parse import parse_policies
from bot.ports import Planning
from bot.snapshot import quarantine, views
from bot.snapshot.dataset import Snapshot, build
from bot.store.policy_files import PolicyFolder
from bot.tables.currency import CURRENCIES
from bot.tables.erp import NEEDED_TO_PLAN
from bot.tables.plan import ANSWER, FIGURES, KEYS, REASONS
from bot.wiring.apart import Apart

FORMULA = ("=", "+", "-", "@")


@click.command()
@folder_options
@click.option("--policies", type=click.Path(exists=True, path_type=Path), required=True, help="Folder of policy files.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="CSV file to write.")
@click.option("--explain", "pair", metavar="ITEM@LOCATION", default=None, help="Also say why for this item-location.")
@click.option(
    "--quarantine", "aside", type=click.Path(dir_okay=False, path_type=Path), help="CSV file for rows set aside."
)
def plan(
    folder: Path, as_of: date, freq: str | None, policies: Path, out: Path, pair: str | None, aside: Path | None
) -> None:
    """Plan every item-location of a folder as on the morning of a day and write one row each to a CSV file."""
    snapshot, made = make_plan(folder, as_of, policies, freq)
    answer = harmless(orders_table(made), "description", "supplier_name", "location_name")
    quarantined = harmless(snapshot.quarantine, "value", "item", "location", "supplier")
    for table, path in ((answer, out), (quarantined, aside)):
        if path is not None:
            with whole(path) as draft:
                table.to_csv(draft, index=False, lineterminator="\n")
    click.echo(summary(snapshot, made, out))
    if pair is not None:
        click.echo("\n" + why(made.decisions, pair))


def make_plan(folder: Path, as_of: date, policies: Path, freq: str | None = None) -> tuple[Snapshot, Plan]:
    """Plan a folder with a policy folder; raises DataInvalid, InputInvalid or StopRun."""
    raw = read_folder(folder, NEEDED_TO_PLAN)
    texts = PolicyFolder(policies).texts()
    currency = parse_policies(texts).currency or home_currency(raw["sourcing"])
    snapshot = build(raw, system="files", as_of=as_of, currency=currency)
    policy_set = parse_policies(texts, KnownCodes(**views.known_codes(snapshot)))
    planning = Planning(installation="files", timezone="UTC", currency=currency)
    made = plan_cycle(snapshot, policy_set, Memory.blank(), planning, freq=freq, broadcast=Apart())
    return snapshot, made


def home_currency(sourcing: pd.DataFrame) -> str:
    """Currency in which most terms of supply are given, EUR when none is."""
    given = sourcing["currency"].dropna().astype("str") if "currency" in sourcing else pd.Series(dtype="str")
    given = given[given.isin(CURRENCIES)]
    return str(given.mode().iloc[0]) if len(given) else "EUR"


def orders_table(made: Plan) -> pd.DataFrame:
    """The answer as written to orders.csv: keys and answer first, then every figure."""
    names = [*KEYS, *ANSWER, *(name for name in FIGURES if name not in KEYS)]
    table = made.decisions[[name for name in names if name in made.decisions]].copy()
    for day in ("need_date", "order_date"):
        table[day] = table[day].dt.strftime("%Y-%m-%d")
    table["amount_minor"] = [str(value) if value >= 0 else "" for value in table["amount_minor"]]  # below 0 = unknown
    for name in table.select_dtypes("float"):
        table[name] = [_shown(value) for value in table[name]]
    return table


def harmless(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The table with a leading apostrophe in the texts of these columns that a spreadsheet would run."""
    texts = {name: table[name].astype("str") for name in columns if name in table}
    return table.assign(**{name: text.where(~_runs(text), "'" + text) for name, text in texts.items()})


def _runs(text: "pd.Series[str]") -> "pd.Series[bool]":
    return text.str.strip().str.startswith(FORMULA).fillna(False).astype(bool)


def _shown(value: float) -> str:
    """A figure as people write it: at most six decimals, none where it is whole, empty where it is unknown."""
    return "" if value != value else f"{value:.6f}".rstrip("0").rstrip(".")  # noqa: PLR0124 - NaN


def summary(snapshot: Snapshot, made: Plan, out: Path) -> str:
    """What a person wants to know first: counts by decision and reason, rows set aside, where the file is."""
    reasons = Counter(made.decisions["reason"].astype(str))
    decided = Counter(made.decisions["decision"].astype(str))
    lines = [f"{len(made.decisions):,} item-locations planned as of {made.as_of}: " + _counted(decided)]
    lines += [f"  {count:>9,}  {REASONS[name].meaning}" for name, count in reasons.most_common()]
    counts = quarantine.counts(snapshot.quarantine)
    if len(counts):
        rows = snapshot.quarantine.drop_duplicates(["table", "row"])
        lines.append(f"{len(rows):,} rows were set aside:")
        lines += [
            f"  {row.count:>9,}  {row.table}.{row.column}: {row.reason} (for example {row.example!r})"
            for row in counts.itertuples(index=False)
        ]
    lines += [f"  {finding}" for finding in snapshot.health.findings]
    lines += [f"  {text}" for text in forecasters_not_used(made.decisions)]
    return "\n".join([*lines, f"Written: {out}"])


def _counted(decided: Counter[str]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in sorted(decided.items()))


def why(decisions: pd.DataFrame, pair: str) -> str:
    """The sentences for ITEM@LOCATION; UsageError when it is not planned."""
    item, _, location = pair.rpartition("@")
    rows = decisions[(decisions["item"] == item) & (decisions["location"] == location)]
    if rows.empty:
        raise click.UsageError(f"{pair!r} is not a planned item-location; the form is ITEM@LOCATION")
    first = {str(name): value for name, value in rows.iloc[0].items()}
    return "\n".join(explain(first))
