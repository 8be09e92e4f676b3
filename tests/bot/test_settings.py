from pathlib import Path

import pytest

from bot.errors import Finding, InputInvalid
from bot.settings import load

LEAST = '[installation]\nname = "acme"\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "restock.toml"
    path.write_text(text, "utf-8")
    return path


def findings(folder: Path, text: str) -> list[Finding]:
    with pytest.raises(InputInvalid) as raised:
        load(written(folder, text))
    return list(raised.value.findings)


def test_least_file_gives_the_defaults(tmp_path: Path) -> None:
    loaded = load(written(tmp_path, LEAST))
    settings = loaded.settings
    assert (settings.installation.name, settings.installation.currency) == ("acme", "EUR")
    assert settings.orders.undo_minutes == 10
    assert settings.systems == {}
    assert loaded.at(settings.paths.database) == tmp_path / "var/restock.sqlite"
    assert loaded.at(Path("/srv/x")) == Path("/srv/x")


def test_system_keys_go_to_its_connector_with_secrets_read(tmp_path: Path) -> None:
    (tmp_path / "s4.secret").write_text("hunter2\n", "utf-8")
    loaded = load(
        written(tmp_path, LEAST + '[systems.s4]\nconnector = "s4"\nurl = "https://x"\npassword_file = "s4.secret"\n')
    )
    assert loaded.of_system("s4") == {"system": "s4", "url": "https://x", "password": "hunter2"}
    assert loaded.settings.systems["s4"].connector == "s4"


def test_secrets_are_shown_nowhere(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2", "utf-8")
    text = (
        LEAST + '[mail]\npassword_file = "secret"\n[console]\nsecret_file = "secret"\n'
        '[systems.s4]\nconnector = "s4"\npassword_file = "secret"\n'
    )
    loaded = load(written(tmp_path, text))
    assert loaded.settings.mail.password == "hunter2"
    assert loaded.settings.console.secret == "hunter2"
    assert "hunter2" not in repr(loaded)


def test_errors_do_not_repeat_secrets(tmp_path: Path) -> None:
    with pytest.raises(InputInvalid) as raised:
        load(written(tmp_path, LEAST + '[mail]\npassword = ["hunter2"]\n[systems.s4]\npassword = "hunter2"\n'))
    assert "hunter2" not in f"{raised.value} {raised.value.__cause__}"


def test_stop_file_is_a_path_and_not_a_secret(tmp_path: Path) -> None:
    loaded = load(written(tmp_path, LEAST + '[paths]\nstop_file = "HALT"\n'))
    assert loaded.settings.paths.stop_file == Path("HALT")


def test_every_mistake_is_named_with_its_line(tmp_path: Path) -> None:
    text = (
        '[installation]\nname = ""\ncurrency = "euro"\ntimezone = "Europe/Berln"\n\n'
        '[console]\nhost = "x"\nport = 99999\n\n'
        '[mail]\nhost = "y"\nport = 0\nsecurity = "ssl"\ncolour = "red"\n'
    )
    found = findings(tmp_path, text)
    assert {(finding.line, finding.message.split(":")[0]) for finding in found} == {
        (2, "installation.name"),
        (3, "installation.currency"),
        (4, "installation.timezone"),
        (8, "console.port"),
        (12, "mail.port"),
        (13, "mail.security"),
        (14, "mail.colour"),
    }
    assert {finding.code for finding in found} == {"E103"}
    assert [f.remedy for f in found if f.message.startswith("mail.colour")] == ["docs/settings.md lists every key"]


def test_missing_keys_point_to_their_section_or_the_top(tmp_path: Path) -> None:
    found = findings(tmp_path, '[installation]\ncurrency = "EUR"\n[systems.s4]\nurl = "x"\n')
    assert {(finding.line, finding.message.split(":")[0]) for finding in found} == {
        (1, "installation.name"),
        (3, "systems.s4.connector"),
    }
    assert findings(tmp_path, "[mail]\nport = 25\n")[0].line == 1


def test_system_names_are_plain_words(tmp_path: Path) -> None:
    found = findings(tmp_path, LEAST + '[systems."s 4"]\nconnector = "s4"\n')
    assert "system names are plain words, not s 4" in found[0].message


def test_file_that_is_not_there_not_toml_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(InputInvalid, match="`restock init` writes one"):
        load(tmp_path / "restock.toml")
    assert [(f.code, f.line) for f in findings(tmp_path, LEAST + "port == 3\n")] == [("E101", 3)]
    assert findings(tmp_path, LEAST + 'x = """open\n')[0].code == "E101"
    (tmp_path / "restock.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InputInvalid, match="is not UTF-8 text"):
        load(tmp_path / "restock.toml")


def test_secret_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    text = LEAST + '[mail]\npassword_file = "none"\n'
    assert findings(tmp_path, text)[0].code == "E102"
    (tmp_path / "none").write_bytes(b"\xff\xfe\xff")
    assert "not UTF-8 text" in findings(tmp_path, text)[0].message


def test_secret_in_two_places_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a", "utf-8")
    found = findings(tmp_path, LEAST + '[mail]\npassword = "b"\npassword_file = "secret"\n')
    assert found[0].code == "E104"
    assert "mail.password and mail.password_file are both there" in found[0].message
