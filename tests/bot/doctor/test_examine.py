"""The examination as a whole: a healthy installation is healthy, nothing is changed, nothing hangs, no secret leaks."""

import hashlib
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from bot.diagnoses.found import KINDS
from bot.diagnoses.kind import Grade
from tests.bot.doctor.lab import PASSWORD, Lab, Rule

pytestmark = pytest.mark.servers


def told(lab: Lab) -> list[str]:
    return [f"{each.part}: {each.diagnosis.code}: {each.diagnosis.what}" for each in lab.again().findings
            if each.diagnosis.grade in {"error", "warning"}]  # fmt: skip


def prints(folder: Path) -> dict[str, str]:
    """Every file below a folder with the hash of its content and its time."""
    return {
        str(path): f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.stat().st_mtime_ns}"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows(lab: Lab) -> dict[str, str]:
    """Everything that the ERP servers hold, as a hash of their databases written out."""
    found = {}
    for name, path in lab.sources.items():
        with closing(sqlite3.connect(path)) as connection:
            found[name] = hashlib.sha256("\n".join(connection.iterdump()).encode()).hexdigest()
    return found


def test_a_healthy_installation_has_no_error_and_no_warning(lab: Lab) -> None:
    lab.s4(lab.tls())
    lab.fusion()
    lab.files()
    lab.build()
    assert told(lab) == []
    parts = {each.part for each in lab.again().findings}
    assert parts >= {"settings", "machine", "policies and people", "mail", "console", "system s4", "system fusion"}


def test_nothing_is_changed_anywhere(lab: Lab) -> None:
    lab.s4()
    lab.fusion()
    lab.files()
    lab.build()
    before = prints(lab.folder), rows(lab)
    lab.again()
    assert (prints(lab.folder), rows(lab)) == before
    methods = {method for app in lab.twisted.values() for method, _ in app.got}
    assert methods == {"GET"}
    assert all(len(app.got) > 20 for app in lab.twisted.values())
    assert lab.post.mails == 0


def test_a_refused_logon_is_tried_once(lab: Lab) -> None:
    lab.s4()
    lab.secrets["s4"] = PASSWORD
    lab.examine()
    assert len(lab.twisted["s4"].got) == 1


@pytest.mark.parametrize("system", ["s4", "fusion"])
@pytest.mark.parametrize("spoilt", ["no user", "empty password"])
def test_what_cannot_sign_on_is_told_and_knocks_at_no_system(lab: Lab, system: str, spoilt: str) -> None:
    keys = lab.s4() if system == "s4" else lab.fusion()
    if spoilt == "no user":
        del keys["user"], keys["password_file"]
    else:
        lab.secrets[system] = "\n"
    told = [each.diagnosis for each in lab.examine().findings if each.part == f"system {system}"]
    assert [each.code for each in told] == ["system-settings-invalid"]
    assert "password_file" in told[0].what
    assert lab.twisted[system].got == []


def test_no_secret_in_any_text_even_when_the_other_side_repeats_it(lab: Lab) -> None:
    lab.s4()
    lab.secrets["s4"] = "restock-demo"
    body = '{"error":{"code":"X","message":{"lang":"en","value":"user RESTOCK password restock-demo is odd"}}}'
    lab.twisted["s4"].rules.append(Rule("A_MatlStkInAcctMod", 400, body))
    text = repr(lab.examine())
    assert "is odd" in text
    assert "restock-demo" not in text


def test_a_part_that_fails_is_a_finding_and_the_others_are_heard(lab: Lab) -> None:
    def broken() -> str:
        raise RuntimeError(f"mounts are gone with {PASSWORD}")

    lab.tree["mail"]["password_file"] = "secrets/mail"
    lab.secrets["mail"] = PASSWORD
    lab.world["mounts"] = broken
    found = {each.diagnosis.code: each.diagnosis.what for each in lab.examine().findings}
    assert found.keys() >= {"examination-failed", "fine"}
    assert found["examination-failed"] == "policies and people: RuntimeError: mounts are gone with ***"


def test_what_hangs_is_told_and_holds_nobody_up(lab: Lab) -> None:
    over = threading.Event()

    def never() -> str:
        over.wait(60)
        return ""

    lab.world["mounts"] = never
    lab.seconds = 0.3
    result = lab.examine()
    over.set()
    late = [each.part for each in result.findings if each.diagnosis.code == "out-of-time"]
    assert "policies and people" in late
    assert result.seconds < 10


def test_a_broken_setting_of_one_system_does_not_hide_the_other(lab: Lab) -> None:
    lab.files()
    lab.s4()["plants"] = {}
    found = {(each.part, each.diagnosis.code) for each in lab.examine().findings}
    assert {("system s4", "system-settings-invalid"), ("system files", "fine")} <= found


def test_every_finding_is_of_the_table_and_says_why_and_what_to_do(lab: Lab) -> None:
    lab.s4()
    lab.database = False
    for each in lab.examine().findings:
        diagnosis = each.diagnosis
        assert diagnosis.code in KINDS or (diagnosis.code == "fine" and diagnosis.grade is Grade.OK)
        assert diagnosis.what
        assert bool(diagnosis.why) == bool(diagnosis.remedy) == (diagnosis.code != "fine")
