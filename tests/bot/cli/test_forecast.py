"""`restock forecast`: the contract of forecast.parquet, of periods, of quantiles and of the sum."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from bot.cli.root import run
from tests.bot.company import AS_OF, Company, Row, history, restock

LEVELS = "0.95,0.05,0.5,0.25,0.75"
COLUMNS = ["item", "location", "period_start", "mean", "q0.05", "q0.25", "q0.5", "q0.75", "q0.95"]


def demand(names: tuple[str, ...] = ("bolt", "nut"), step: int = 1, count: int = 120, seed: int = 5) -> list[Row]:
    rng = np.random.default_rng(seed)
    return [row for name in names for row in history(rng.poisson(8, count), name, step=step)]


def forecast(folder: Path, rows: list[Row], *options: str, form: str = "csv", as_of: date = AS_OF) -> pd.DataFrame:
    """The table that the command writes for a folder with nothing but a demand table."""
    company = Company({"demand": rows})
    data = company.write(folder, form)
    out = folder / "out" / "forecast.parquet"
    fixed = ["--from", data, "--as-of", as_of, "--out", out, "--quantiles", LEVELS]
    assert run(["forecast", *map(str, fixed), *options]) == 0
    return pd.read_parquet(out)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_demand_alone_gives_n_rows_per_series(tmp_path: Path, form: str) -> None:
    table = forecast(tmp_path, demand(), "--horizon", "4", form=form)
    assert list(table.columns) == COLUMNS
    assert table.groupby(["item", "location"]).size().to_dict() == {("bolt", "L1"): 4, ("nut", "L1"): 4}
    assert list(table["period_start"].astype(str)[:4]) == ["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"]


def test_types_on_disk(tmp_path: Path) -> None:
    forecast(tmp_path, demand(("0010",)), "--horizon", "2")
    schema = pq.read_schema(tmp_path / "out" / "forecast.parquet")
    assert str(schema.field("item").type) in {"string", "large_string"}
    assert str(schema.field("location").type) in {"string", "large_string"}
    assert str(schema.field("period_start").type).startswith(("timestamp", "date"))
    assert {str(schema.field(name).type) for name in COLUMNS[3:]} == {"double"}


def test_codes_stay_text(tmp_path: Path) -> None:
    table = forecast(tmp_path, demand(("0010", "NO", "1e5", "Ö-1")), "--horizon", "1")
    assert sorted(table["item"]) == ["0010", "1e5", "NO", "Ö-1"]


def test_quantiles_rise_and_frame_the_mean(tmp_path: Path) -> None:
    table = forecast(tmp_path, demand(), "--horizon", "6")
    figures = table[COLUMNS[4:]].to_numpy()
    assert (np.diff(figures, axis=1) >= 0).all()
    assert (figures[:, 0] < table["mean"]).all()
    assert (table["mean"] < figures[:, -1]).all()
    assert table["mean"].mean() == pytest.approx(8, rel=0.15)


def test_the_total_is_the_law_of_the_sum(tmp_path: Path) -> None:
    periods = forecast(tmp_path / "a", demand(), "--horizon", "8")
    total = forecast(tmp_path / "b", demand(), "--horizon", "8", "--total")
    assert list(total.columns) == COLUMNS
    assert list(total["item"]) == ["bolt", "nut"]
    assert set(total["period_start"].astype(str)) == {"2026-03-02"}
    sums = periods.groupby("item")[COLUMNS[3:]].sum()
    totals = total.set_index("item")[COLUMNS[3:]]
    assert np.allclose(totals["mean"], sums["mean"])
    assert (totals["q0.95"] < sums["q0.95"]).all()  # never a sum of quantiles
    assert (totals["q0.05"] > sums["q0.05"]).all()


@pytest.mark.parametrize(("day", "first"), [(0, "2026-03-02"), (3, "2026-03-02"), (6, "2026-03-02"), (7, "2026-03-09")])
def test_the_first_week_holds_the_planning_day(tmp_path: Path, day: int, first: str) -> None:
    table = forecast(tmp_path, demand(step=7), "--horizon", "2", as_of=AS_OF + timedelta(days=day))
    assert str(table["period_start"][0])[:10] == first


def test_weeks_start_on_the_weekday_of_the_history(tmp_path: Path) -> None:
    rows = [
        {
            "item": "bolt",
            "location": "L1",
            "date": (date(2025, 6, 4) + timedelta(weeks=week)).isoformat(),
            "quantity": 7,
        }
        for week in range(38)
    ]
    table = forecast(tmp_path, rows, "--horizon", "3")
    assert list(table["period_start"].astype(str)) == ["2026-02-25", "2026-03-04", "2026-03-11"]
    assert {day.isoweekday() for day in table["period_start"]} == {3}


def test_daily_history_in_weeks_from_monday_and_in_months(tmp_path: Path) -> None:
    weeks = forecast(tmp_path / "w", history([10] * 140), "--horizon", "2", "--freq", "W", as_of=date(2026, 3, 5))
    assert list(weeks["period_start"].astype(str)) == ["2026-03-02", "2026-03-09"]
    assert weeks["mean"].to_numpy() == pytest.approx(70, rel=0.05)
    months = forecast(tmp_path / "m", history([10] * 400), "--horizon", "3", "--freq", "M")
    assert list(months["period_start"].astype(str)) == ["2026-03-01", "2026-04-01", "2026-05-01"]
    assert months["mean"].to_numpy() == pytest.approx(305, rel=0.05)


def test_monthly_history_is_seen_as_such(tmp_path: Path) -> None:
    starts = pd.date_range("2024-03-01", "2026-02-01", freq="MS").strftime("%Y-%m-%d")
    rows: list[Row] = [{"item": "bolt", "location": "L1", "date": day, "quantity": 300} for day in starts]
    table = forecast(tmp_path, rows, "--horizon", "2")
    assert list(table["period_start"].astype(str)) == ["2026-03-01", "2026-04-01"]


def test_a_dead_series_is_zero(tmp_path: Path) -> None:
    rows = [*history([0] * 100, "zero"), *history([9, *[0] * 700], "dead"), *history([8] * 100)]
    table = forecast(tmp_path, rows, "--horizon", "5")
    dead = table[table["item"].isin(["zero", "dead"])]
    assert len(dead) == 10
    assert (dead[COLUMNS[4:]].to_numpy() == 0).all()
    assert (table.loc[table["item"] == "zero", "mean"] == 0).all()
    assert (dead["mean"] < 0.01).all()  # one sale in two years leaves a trace
    assert (table[table["item"] == "bolt"]["mean"] > 7).all()


def test_nothing_ahead_is_used_and_order_does_not_matter(tmp_path: Path) -> None:
    rows = demand()
    later = [{**row, "date": (AS_OF + timedelta(days=place % 20)).isoformat(), "quantity": 900 + place}
             for place, row in enumerate(rows[:40])]  # fmt: skip
    forecast(tmp_path / "a", rows, "--horizon", "3")
    forecast(tmp_path / "b", [*later, *reversed(rows)], "--horizon", "3")
    first, second = ((tmp_path / name / "out" / "forecast.parquet").read_bytes() for name in ("a", "b"))
    assert first == second


def test_a_history_that_begins_on_the_planning_day_has_no_series(tmp_path: Path) -> None:
    rows: list[Row] = [{"item": "bolt", "location": "L1", "date": AS_OF.isoformat(), "quantity": 3}]
    table = forecast(tmp_path, rows, "--horizon", "3")
    assert list(table.columns) == COLUMNS
    assert table.empty


def test_refusals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = Company({"demand": demand(count=30)}).write(tmp_path)
    out = tmp_path / "f.parquet"
    fixed = ["forecast", "--from", str(data), "--as-of", str(AS_OF), "--out", str(out)]
    for options in (
        ["--horizon", "0"],
        ["--horizon", "2", "--quantiles", "1.5"],
        ["--horizon", "2", "--quantiles", "a"],
        [],
    ):
        assert run([*fixed, *options]) == 2
    capsys.readouterr()
    (data / "demand.csv").write_text('item,location,date,quantity\nbolt,L1,2026-01-05,"1,5"\n')
    assert run([*fixed, "--horizon", "2"]) == 9
    assert "demand.csv:2:4" in capsys.readouterr().err
    (data / "demand.csv").unlink()
    assert run([*fixed, "--horizon", "2"]) == 9
    assert "add demand.csv or demand.parquet" in capsys.readouterr().err
    assert not out.exists()


def test_in_a_process_of_its_own(tmp_path: Path) -> None:
    data = Company({"demand": demand(count=30)}).write(tmp_path)
    fixed = ("--from", data, "--as-of", AS_OF, "--horizon", 2, "--out", tmp_path / "f.parquet")
    done = restock("forecast", *fixed)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("2 item-locations, 2 periods (D), 0 rows set aside.")
    assert list(pd.read_parquet(tmp_path / "f.parquet").columns)[4:] == ["q0.05", "q0.25", "q0.5", "q0.75", "q0.95"]


def test_a_named_forecaster_forecasts_the_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = demand(count=30)
    table = forecast(tmp_path, rows, "--horizon", "2", "--forecaster", "PanelNaive")
    last = [float(str(row["quantity"])) for row in (rows[29], rows[59])]
    assert table["mean"].to_numpy().reshape(2, 2) == pytest.approx(np.repeat(last, 2).reshape(2, 2))
    assert "not used" not in capsys.readouterr().err
    out = tmp_path / "none.parquet"
    command = ["forecast", "--from", tmp_path / "data", "--as-of", AS_OF, "--out", out, "--horizon", "2"]
    assert run([*map(str, command), "--forecaster", "PanelTree"]) != 0
    assert 'did you mean "PanelTrees"?' in capsys.readouterr().err
    assert not out.exists()


def test_trees_see_the_signals_of_the_folder(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    rows: list[Row] = []
    for item in "abcdefgh":
        on = (rng.random(80) < 0.2).astype(int)
        sold = rng.poisson(8 * (1 + 2 * on))
        rows += [{**row, "promotion": int(flag)} for row, flag in zip(history(sold, item), on, strict=True)]
    company = Company({"demand": rows})
    known = [{"item": "b", "date": AS_OF + timedelta(days=1), "value": 1, "available_on": AS_OF - timedelta(days=9)}]
    company.tables["signals"] = [{"name": "promotion", **row} for row in known]
    data, out = company.write(tmp_path), tmp_path / "f.parquet"
    fixed = ["--from", data, "--as-of", AS_OF, "--out", out, "--horizon", "3"]
    assert run(["forecast", *map(str, fixed), "--forecaster", "PanelTrees(rounds=15, rows=5000)"]) == 0
    mean = pd.read_parquet(out).set_index("item")["mean"]
    days_of_b, days_of_c = (mean.loc[item].to_numpy() for item in "bc")
    assert days_of_b[1] > 1.8 * days_of_b[[0, 2]].max()
    assert days_of_c.max() < 1.5 * days_of_c.min()
