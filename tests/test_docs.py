"""What the pages say about commands, exit codes and jobs is true; the README's example runs."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from bot import errors
from bot.cli.root import COMMANDS, restock
from bot.jobs import runner
from bot.store.db import NeedsMigration

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LATER = {"restock status", "restock migrate", "restock replay", "restock doctor"}


def code(page: Path) -> list[str]:
    """Everything that a page shows as code: blocks line by line, and words in backticks."""
    text = page.read_text("utf-8")
    blocks = re.findall(r"^```.*?\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    blocks += re.findall(r"^(?: {4}\S.*\n)+", text, flags=re.MULTILINE)
    lines = [line for block in blocks for line in block.splitlines()]
    return [*lines, *re.findall(r"`([^`\n]+)`", text)]


def commands(page: Path) -> list[list[str]]:
    """Calls of restock in the page, as words after the program's name."""
    found = [re.search(r"(?:^|/|&& |ExecStart=\S*/)restock ([a-z].*)$", line.strip()) for line in code(page)]
    return [shlex.split(match.group(1), comments=True) for match in found if match]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_options_exist(page: Path) -> None:
    for words in commands(page):
        if f"restock {words[0]}" in LATER:
            continue
        assert words[0] in COMMANDS, words
        command = restock.get_command(click.Context(restock), words[0])
        assert command
        context = click.Context(command)
        if isinstance(command, click.Group) and len(words) > 1:
            command = command.get_command(context, words[1])
            assert command, words
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        used = {word for word in words if word.startswith("--")}
        assert used <= known, words


def test_commands_are_found_in_the_pages() -> None:
    names = {words[0] for page in PAGES for words in commands(page)}
    assert set(COMMANDS) <= names


def test_exit_codes_of_the_program_are_documented() -> None:
    text = (ROOT / "docs" / "operating.md").read_text("utf-8")
    table = text.partition("## Exit codes")[2].partition("\n## ")[0]
    documented = {int(number) for number in re.findall(r"^\| (\d+) \|", table, flags=re.MULTILINE)}
    classes = [errors.RestockError, *_below(errors.RestockError)]
    used = {each.exit_code for each in classes} | {NeedsMigration.exit_code}
    used |= {value for name, value in vars(runner).items() if name.startswith("EXIT_")}
    assert documented == used | {click.UsageError.exit_code, 130}


def _below(kind: type[errors.RestockError]) -> list[type[errors.RestockError]]:
    return [each for below in kind.__subclasses__() for each in (below, *_below(below))]


def test_jobs_and_their_times_are_documented() -> None:
    text = (ROOT / "docs" / "operating.md").read_text("utf-8")
    jobs = text.partition("## Jobs")[2].partition("\n## ")[0]
    for job in runner.JOBS.values():
        assert f"| `{job.name}` |" in jobs
        assert f"{job.cron} " in jobs, "the cron example shows the default times"
        assert f"empty = `{job.cron}`" in (ROOT / "docs" / "settings.md").read_text("utf-8")


def test_the_example_of_the_readme_runs(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    example = re.search(r"<!-- example.*?```sh\n(.*?)```\n.*?```\n(.*?)```", text, flags=re.DOTALL)
    assert example
    script = example.group(1).replace(".venv/bin/restock", f"{sys.executable} -m bot")
    script = script.replace("--policies policies", f"--policies {ROOT / 'policies'}")
    done = subprocess.run(
        ["sh", "-e", "-c", script], cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert example.group(2).splitlines()[0] in done.stdout
    assert (tmp_path / "orders.csv").is_file()
