"""Settings become an App: paths, planning values, readers with side folders, and mistakes with their place."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.errors import InputInvalid, RestockError
from bot.jobs.runner import run
from bot.orders.model import OrderState
from bot.settings import Loaded, load
from bot.wiring.apart import Apart
from bot.wiring.app import build_app, open_store
from bot.wiring.merged import MergedReader
from bot.wiring.progress import Silent
from connectors.files import FilesReader
from tests.bot.company import AS_OF, Company
from tests.fakes import ManualClock

SETTINGS = """
[installation]
name = "works"
timezone = "Europe/Berlin"
currency = "EUR"
[paths]
policies = "policies"
[orders]
review_period_days = 3
undo_minutes = 4
forecaster_seconds = 45
seed = 7
[mail]
host = "127.0.0.1"
port = 2525
[systems.files]
connector = "files"
folder = "data"
orders_folder = "out"
"""


def loaded(folder: Path, text: str = SETTINGS) -> Loaded:
    (folder / "restock.toml").write_text(text, "utf-8")
    return load(folder / "restock.toml")


def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, 5, 0, tzinfo=UTC))


def test_the_whole_path_from_settings_to_a_drafted_order(tmp_path: Path) -> None:
    company = Company.small()
    company.write(tmp_path)
    app = build_app(loaded(tmp_path), Silent(), clock())
    assert (app.planning.installation, app.planning.review_period_days, app.planning.seed) == ("works", 3, 7)
    assert (app.planning.undo_minutes, app.planning.timezone) == (4, "Europe/Berlin")
    assert isinstance(app.broadcast, Apart)
    assert app.broadcast.seconds == 45
    assert app.readers["files"].tables == {"items", "locations", "stock", "demand", "sourcing"}
    assert app.writers["files"].system == "files"
    outcome = run("plan", app, AS_OF)
    assert (outcome.exit_code, outcome.message) == (0, "")
    order = app.orders.select()[0]
    assert order.state is OrderState.AWAITING_APPROVAL
    assert order.order.system == "files"
    assert (tmp_path / "var" / "restock.sqlite").is_file()
    assert list((tmp_path / "var" / "files" / "plan").iterdir())


def test_a_second_app_finds_the_same_database(tmp_path: Path) -> None:
    Company.small().write(tmp_path)
    settings = loaded(tmp_path)
    run("plan", build_app(settings, Silent(), clock()), AS_OF)
    again = build_app(settings, Silent(), clock())
    assert len(again.orders.select()) == 1
    assert again.runs.latest("plan") is not None


def test_a_new_folder_of_the_database_is_for_the_owner_alone_and_one_that_is_there_keeps_its_rights(
    tmp_path: Path,
) -> None:
    for name, before, after in (("new", None, 0o700), ("old", 0o755, 0o755)):
        folder = tmp_path / name
        folder.mkdir()
        if before:
            (folder / "var").mkdir()
            (folder / "var").chmod(before)
        open_store(loaded(folder), clock()).engine.dispose()
        assert (folder / "var").stat().st_mode & 0o777 == after


def test_the_stop_file_of_the_settings_stops_sending(tmp_path: Path) -> None:
    Company.small().write(tmp_path)
    app = build_app(loaded(tmp_path, SETTINGS.replace("[orders]", 'stop_file = "HALT"\n[orders]')), Silent(), clock())
    assert app.runs.stopped() == ""
    (tmp_path / "HALT").write_text("stocktaking")
    assert "HALT" in app.runs.stopped()


def test_a_side_folder_is_merged_in(tmp_path: Path) -> None:
    Company.small().write(tmp_path)
    (tmp_path / "side").mkdir()
    (tmp_path / "side" / "rates.csv").write_text("date,from_currency,to_currency,rate\n2026-03-01,USD,EUR,0.9\n")
    app = build_app(loaded(tmp_path, SETTINGS + 'side_folder = "side"\n'), Silent(), clock())
    assert isinstance(app.readers["files"], MergedReader)
    assert "rates" in app.readers["files"].tables
    plain = build_app(loaded(tmp_path), Silent(), clock())
    assert isinstance(plain.readers["files"], FilesReader)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (SETTINGS.replace('folder = "data"\n', ""), "systems.files.folder"),
        (SETTINGS + 'fodler = "x"\n', "systems.files.fodler"),
    ],
)
def test_mistakes_in_a_connectors_keys_name_file_and_key(tmp_path: Path, text: str, told: str) -> None:
    Company.small().write(tmp_path)
    with pytest.raises(InputInvalid) as caught:
        build_app(loaded(tmp_path, text), Silent(), clock())
    finding = caught.value.findings[0]
    assert finding.path == str(tmp_path / "restock.toml")
    assert told in finding.message


def test_a_connector_that_does_not_exist_is_named(tmp_path: Path) -> None:
    Company.small().write(tmp_path)
    with pytest.raises(RestockError, match="sap-s5"):
        build_app(loaded(tmp_path, SETTINGS.replace('"files"', '"sap-s5"')), Silent(), clock())


def test_the_console_refuses_a_database_that_was_never_made(tmp_path: Path) -> None:
    with pytest.raises(RestockError):
        open_store(loaded(tmp_path), clock(), migrate=False)


def test_signals_of_the_settings_enter_the_snapshot_of_their_systems(tmp_path: Path) -> None:
    (tmp_path / "rain.csv").write_text("date,value\n2026-01-02,3\n", "utf-8")
    text = (
        SETTINGS
        + """
[signals.rain]
kind = "csv"
path = "rain.csv"
published_after_days = 1
"""
    )
    app = build_app(loaded(tmp_path, text), Silent(), clock())
    reader = app.readers["files"]
    assert "signals" in reader.tables
    (frame,) = reader.pull("signals")
    assert frame[["name", "date", "available_on"]].to_numpy().tolist() == [["rain", "2026-01-02", "2026-01-03"]]


def test_a_wrong_key_of_a_signal_names_its_section(tmp_path: Path) -> None:
    with pytest.raises(InputInvalid, match=r"signals\.rain: a signal of kind csv needs path"):
        build_app(loaded(tmp_path, SETTINGS + '\n[signals.rain]\nkind = "csv"\n'), Silent(), clock())
