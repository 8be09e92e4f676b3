"""The command line as a whole: every command has help, errors become exit codes, and starting it costs nothing."""

import subprocess
import sys

import pytest

from bot.cli.root import COMMANDS, run
from tests.bot.cli.installation import ROOT_IMPORT


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == 0
    assert f"Usage: restock {command}" in capsys.readouterr().out


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"  {name} " in text for name in COMMANDS)


def test_help_imports_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", ROOT_IMPORT], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "heavy: []"


@pytest.mark.parametrize("words", [["nonsense"], ["plan", "--nonsense"], ["run", "everything"]])
def test_wrong_usage_ends_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 2
    assert "Usage: restock" in capsys.readouterr().err


def test_an_error_says_where_and_what_to_do(tmp_path: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "a@b", "--settings", f"{tmp_path}/restock.toml"]) == 4
    said = capsys.readouterr().err
    assert f"{tmp_path}/restock.toml:1:1: E100 cannot be read" in said
    assert "`restock init` writes one" in said
