"""`restock init`: what it writes loads, names no secret that is not there, and overwrites nothing."""

from pathlib import Path

import pytest

from bot.cli.root import run
from bot.policy.parse import parse_policies
from bot.settings import load
from bot.store.policy_files import PolicyFolder


def test_what_it_writes_loads_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", str(tmp_path), "--name", "acme"]) == 0
    loaded = load(tmp_path / "restock.toml")
    assert loaded.settings.installation.name == "acme"
    assert "mail" not in loaded.settings.model_fields_set, "no mail goes out before somebody configures it"
    policies = parse_policies(PolicyFolder(tmp_path / "policies").texts())
    assert policies.rules == ()
    said = capsys.readouterr().out
    assert "restock run plan" in said
    assert (tmp_path / "data").is_dir()


def test_the_commented_mail_section_loads_once_its_secret_is_there(tmp_path: Path) -> None:
    assert run(["init", str(tmp_path)]) == 0
    path = tmp_path / "restock.toml"
    lines = path.read_text("utf-8").splitlines()
    start = lines.index("# [mail]")
    lines[start : start + 7] = [line.removeprefix("# ") for line in lines[start : start + 7]]
    path.write_text("\n".join(lines), "utf-8")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "mail").write_text("hush\n", "utf-8")
    assert load(path).settings.mail.password == "hush"


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "restock.toml").write_text("mine", "utf-8")
    assert run(["init", str(tmp_path)]) == 2
    assert "exists already; nothing was written" in capsys.readouterr().err
    assert (tmp_path / "restock.toml").read_text("utf-8") == "mine"
    assert not (tmp_path / "policies").exists()


def test_a_name_that_would_break_the_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", str(tmp_path), "--name", 'x" y']) == 2
    assert "cannot be a name" in capsys.readouterr().err
