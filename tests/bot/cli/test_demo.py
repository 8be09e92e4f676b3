"""`restock demo`: what it refuses before anything starts; the whole of it is in tests/web/test_demo_browser.py."""

import json
import signal
from pathlib import Path

import pytest

from bot.cli.demo_folder import leave_note, option, policies, read_note
from bot.cli.demo_world import Mailbox
from bot.cli.root import run
from bot.errors import NeedsAdmin
from bot.policy.parse import parse_policies
from bot.store.policy_files import PolicyFolder


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", "utf-8")
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert run(["demo", "--folder", str(tmp_path)]) == 2
    finally:
        signal.signal(signal.SIGTERM, before)
    assert "holds something else than a demo" in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").read_text("utf-8") == "years of work"


@pytest.mark.parametrize("address", ["https://127.0.0.1:8484", "http://example.com:8484", "http://127.0.0.1"])
def test_serving_needs_an_address_on_loopback(tmp_path: Path, capsys: pytest.CaptureFixture[str], address: str) -> None:
    leave_note(tmp_path, "2026-11-22", address)
    (tmp_path / "restock.toml").touch()
    assert run(["demo", "--serve", "--folder", str(tmp_path)]) == 5
    said = capsys.readouterr().err
    assert "needs an address such as http://127.0.0.1:8484" in said
    assert "--console" in said


def test_a_demo_that_did_not_finish_is_none(tmp_path: Path) -> None:
    (tmp_path / "restock.toml").touch()
    with pytest.raises(NeedsAdmin, match=f"restock demo --folder {tmp_path}"):
        read_note(tmp_path)
    (tmp_path / "demo.json").write_text(json.dumps({"as_of": "2026-11-22"}), "utf-8")
    assert read_note(tmp_path) == {"as_of": "2026-11-22", "console": "http://127.0.0.1:8484"}
    assert option(Path("var/demo")) == ""


def test_mails_of_an_earlier_start_are_kept(tmp_path: Path) -> None:
    (tmp_path / "001.eml").write_text("kept", "utf-8")
    assert Mailbox(tmp_path)._count == 1


def test_the_demo_policies_are_valid() -> None:
    assert parse_policies(PolicyFolder(policies()).texts()).rules
