"""`restock doctor` as people and monitors see it: text, JSON as a contract, exit codes."""

import json
from pathlib import Path

from bot.cli.doctor import as_object, as_text
from bot.diagnoses.found import fine, found
from bot.doctor.examine import Examination, Placed
from tests.bot.cli.installation import newcomer, restock

RESULT = Examination(
    (
        Placed("machine", fine("Python 3.12")),
        Placed("system s4", found("tls-expired", "s4.example:443: certificate has expired")),
        Placed("system s4", found("system-not-pinned", "the system says it is S4D", found="S4D")),
    ),
    1.25,
)


def test_text_names_what_why_and_what_to_do() -> None:
    assert as_text(RESULT).splitlines() == [
        "machine",
        "  ok    Python 3.12",
        "",
        "system s4",
        "  FAIL  s4.example:443: certificate has expired  [tls-expired]",
        "        why: a certificate out of date protects nothing; the connection is refused",
        "        do:  ask the administrator of the system to renew the certificate",
        "  WARN  the system says it is S4D  [system-not-pinned]",
        "        why: a copied or replaced system would be ordered from without anybody noticing",
        '        do:  set system_id = "S4D"',
        "",
        "1 error, 1 warning, 0 notes, 1 check fine, in 1.2 s",
    ]


def test_quiet_leaves_out_what_is_right() -> None:
    text = as_text(RESULT, quiet=True)
    assert "machine" not in text
    assert "tls-expired" in text


def test_json_is_a_contract() -> None:
    assert as_object(RESULT, failed=True) == {
        "schema_version": 1,
        "healthy": False,
        "seconds": 1.2,
        "counts": {"ok": 1, "note": 0, "warning": 1, "error": 1},
        "findings": [
            {"part": "machine", "code": "fine", "grade": "ok", "what": "Python 3.12", "why": "", "remedy": ""},
            {
                "part": "system s4",
                "code": "tls-expired",
                "grade": "error",
                "what": "s4.example:443: certificate has expired",
                "why": "a certificate out of date protects nothing; the connection is refused",
                "remedy": "ask the administrator of the system to renew the certificate",
            },
            {
                "part": "system s4",
                "code": "system-not-pinned",
                "grade": "warning",
                "what": "the system says it is S4D",
                "why": "a copied or replaced system would be ordered from without anybody noticing",
                "remedy": 'set system_id = "S4D"',
            },
        ],
    }


def test_a_newcomer_sees_warnings_and_may_go_on(tmp_path: Path) -> None:
    folder = newcomer(tmp_path)
    seen = restock(folder, "doctor", "--json")
    assert seen.returncode == 0, seen.stdout + seen.stderr
    report = json.loads(seen.stdout)
    assert report["healthy"] is True
    assert {"database-missing", "mail-absent"} <= {each["code"] for each in report["findings"]}
    assert restock(folder, "doctor", "--strict", "--quiet").returncode == 5


def test_broken_settings_are_findings_and_the_exit_code_is_that_of_a_failed_preflight(tmp_path: Path) -> None:
    (tmp_path / "restock.toml").write_text("[[[", "utf-8")
    seen = restock(tmp_path, "doctor")
    assert seen.returncode == 5
    assert "[settings-unreadable]" in seen.stdout
    assert seen.stderr == ""
