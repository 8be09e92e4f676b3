"""Progress: plain lines where nobody watches, a live line on a terminal, nothing on standard output."""

import io

import pytest

from bot.wiring.progress import LiveProgress, PlainProgress, Silent, progress


def test_plain_lines_per_step_and_tenth() -> None:
    stream = io.StringIO()
    shown = PlainProgress(stream)
    for done in range(101):
        shown.step("reading", done, 100)
    shown.step("planning")
    shown.step("planning")
    lines = stream.getvalue().splitlines()
    assert lines[0] == "restock: reading 0 %"
    assert lines[-2:] == ["restock: reading 100 %", "restock: planning"]
    assert len(lines) == 12


def test_without_a_terminal_lines_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    shown = progress()
    assert isinstance(shown, PlainProgress)
    shown.step("planning")
    caught = capsys.readouterr()
    assert (caught.out, caught.err) == ("", "restock: planning\n")


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    shown = progress(quiet=True)
    assert isinstance(shown, Silent)
    shown.step("planning", 1, 2)
    assert capsys.readouterr() == ("", "")


def test_the_live_line_ends_cleanly(capsys: pytest.CaptureFixture[str]) -> None:
    shown = LiveProgress()
    shown.step("reading", 1, 4)
    shown.step("reading", 2, 4)
    shown.step("planning")
    shown.close()
    assert capsys.readouterr().out == ""
