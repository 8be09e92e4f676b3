"""`restock run` and `restock worker` as processes on a small files installation."""

import json
import signal
import subprocess
import threading
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from bot.cli.run import crons
from bot.orders.model import OrderState
from bot.ports import RunRow
from bot.ports_reading import Mirrored
from bot.settings import load
from bot.store.files import ParquetFiles
from bot.wiring.app import Store, open_store
from bot.wiring.world import SystemClock
from tests.bot.cli.installation import COMMAND, newcomer, restock, set_mode, tables

ROOT = Path(__file__).resolve().parents[3]


def store(folder: Path) -> Store:
    return open_store(load(folder / "restock.toml"), SystemClock())


def test_observe_plans_and_orders_nothing_and_a_second_plan_is_a_no_op(tmp_path: Path) -> None:
    folder = newcomer(tmp_path)
    first = restock(folder, "run", "plan")
    assert first.returncode == 0, first.stderr
    assert "done" in first.stdout
    assert "2 item-locations planned, orders and drafts: 0 new" in first.stderr
    assert store(folder).orders.select() == []

    again = restock(folder, "run", "plan")
    assert again.returncode == 0
    assert "skipped" in again.stdout
    assert "plan is already done for" in again.stderr
    assert "--force runs it again" in again.stderr
    assert [run.attempt for run in store(folder).runs.history(10, "plan")] == [1]


def test_full_forgets_the_local_copies_of_documents(tmp_path: Path) -> None:
    folder = newcomer(tmp_path)
    mirror = ParquetFiles(folder / "var" / "files").mirror("files")
    day = date(2026, 3, 2)
    mirror.save("movements", "form", Mirrored(pd.DataFrame({"key": ["1"]}), day, day, day))
    assert restock(folder, "run", "plan").returncode == 0
    assert mirror.load("movements", "form") is not None
    assert restock(folder, "run", "plan", "--force", "--full").returncode == 0
    assert mirror.load("movements", "form") is None


def test_suggest_leaves_drafts_and_their_mails_wait_until_mail_is_configured(tmp_path: Path) -> None:
    folder = newcomer(tmp_path)
    set_mode(folder, "suggest")
    done = restock(folder, "run", "plan", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["schema_version"], told["job"], told["state"], told["exit_code"]) == (1, "plan", "done", 0)
    assert told["report"]["systems"]["files"]["planned"] == 2
    [draft] = store(folder).orders.select()
    assert draft.state is OrderState.AWAITING_APPROVAL
    assert [line.item for line in draft.order.lines] == ["bolt"]

    mails = restock(folder, "run", "approve")
    assert mails.returncode == 0, mails.stderr
    assert "mails wait: the settings have no [mail] section" in mails.stderr
    assert len(store(folder).orders.outbox()) == 1

    why = restock(folder, "explain", "bolt@L1")
    assert "bolt@L1: ask a buyer to order" in why.stdout


def test_learning_says_what_it_rests_on_and_what_is_new(tmp_path: Path) -> None:
    folder = newcomer(tmp_path)
    nothing = restock(folder, "run", "learn")
    assert nothing.returncode == 0, nothing.stderr
    assert "files: nothing to learn from yet; the next plan stores an extract" in nothing.stderr

    assert restock(folder, "run", "plan").returncode == 0
    first = restock(folder, "run", "learn", "--force")
    assert first.returncode == 0, first.stderr
    assert "learn for" in first.stdout
    assert "files: learned from the extract of " in first.stderr
    assert "0 suppliers with order lines, 0 item-locations with lead times of their own, champions: 0" in first.stderr
    assert "nothing new" in first.stderr


@pytest.mark.servers
def test_the_worker_runs_what_was_missed_and_ends_with_143(tmp_path: Path) -> None:
    folder = newcomer(tmp_path)
    set_mode(folder, "suggest")
    settings = folder / "restock.toml"
    settings.write_text(settings.read_text("utf-8") + '\n[schedule]\nplan = "0 0 * * *"\n', "utf-8")
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(folder)}
    process = subprocess.Popen([*COMMAND, "worker"], cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)
    told: list[str] = []
    planned = threading.Event()

    def listen() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            told.append(line)
            if '"job": "plan"' in line:
                planned.set()

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        assert planned.wait(90), told
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 143, told
    finally:
        process.kill()
        process.wait()
        listener.join()
        assert process.stderr is not None
        process.stderr.close()
    assert not any("Traceback" in line for line in told)
    found: list[RunRow] = store(folder).runs.history(10, "plan")
    assert [(run.state, run.attempt) for run in found] == [("done", 1)]
    assert len(store(folder).orders.select(OrderState.AWAITING_APPROVAL)) == 1


def test_missing_tables_are_named_and_nothing_is_ordered(tmp_path: Path) -> None:
    folder = newcomer(tmp_path)
    (folder / "data" / "stock.csv").unlink()
    failed = restock(folder, "run", "plan")
    assert failed.returncode == 9
    assert "stock" in failed.stderr
    assert "Traceback" not in failed.stderr
    tables(folder / "data")
    assert restock(folder, "run", "plan").returncode == 0, "a failed plan may be repeated without --force"


def test_settings_that_are_not_there(tmp_path: Path) -> None:
    failed = restock(tmp_path, "run", "plan")
    assert failed.returncode == 4
    assert "restock.toml" in failed.stderr
    assert "`restock init` writes one" in failed.stderr


def test_stop_and_start(tmp_path: Path) -> None:
    folder = newcomer(tmp_path)
    assert restock(folder, "stop", "stocktake").returncode == 0
    assert store(folder).runs.stopped()
    assert restock(folder, "start").returncode == 0
    assert store(folder).runs.stopped() == ""


def test_only_crons_that_differ_are_handed_over(tmp_path: Path) -> None:
    path = tmp_path / "restock.toml"
    path.write_text('[installation]\nname = "x"\n[schedule]\nplan = "0 6 * * *"\n', "utf-8")
    assert crons(load(path)) == {"plan": "0 6 * * *"}
