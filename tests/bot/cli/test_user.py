"""`restock user add`: a person who can sign in afterwards, and sentences for what is wrong."""

from pathlib import Path

import pyotp
import pytest

from bot.cli.root import run
from bot.settings import load
from bot.web.accounts import check_password
from bot.wiring.app import open_store
from bot.wiring.world import SystemClock


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "restock.toml"
    path.write_text('[installation]\nname = "x"\n', "utf-8")
    return path


def add(settings: Path, *words: str, password: str = "seven tins of paint") -> int:
    file = settings.parent / "password"
    file.write_text(password + "\n", "utf-8")
    return run(["user", "add", *words, "--password-file", str(file), "--settings", str(settings)])


def test_the_person_can_sign_in(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert add(settings, "Ana@Example.com", "--name", "Ana", "--location", "1010") == 0
    store = open_store(load(settings), SystemClock())
    someone = store.people.find("ana@example.com")
    assert someone is not None
    assert (someone.name, set(someone.roles), set(someone.locations)) == ("Ana", {"buyer"}, {"1010"})
    assert check_password(store.accounts.password_hash("ana@example.com"), "seven tins of paint")
    said = capsys.readouterr().out
    uri = said.split("authenticator app: ")[1].strip()
    assert pyotp.parse_uri(uri).secret == store.accounts.totp_secret("ana@example.com")
    store.engine.dispose()


@pytest.mark.parametrize(
    ("mail", "password", "said"),
    [("ana", "seven tins of paint", "is not a mail address"), ("ana@example.com", "short", "at least 12 characters")],
)
def test_what_is_wrong_is_said(
    settings: Path, capsys: pytest.CaptureFixture[str], mail: str, password: str, said: str
) -> None:
    assert add(settings, mail, password=password) == 2
    assert said in capsys.readouterr().err


def test_without_a_terminal_nobody_is_asked(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["user", "add", "ana@example.com", "--settings", str(settings)]) == 2
    assert "use --password-file" in capsys.readouterr().err
