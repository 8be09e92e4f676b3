"""Misconfigurations of the installation itself: what is spoilt, the code that must be found, words of the advice."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import AuthResult

from bot.orders.model import Person
from bot.settings import load
from bot.wiring.app import open_store
from tests.bot.doctor.lab import PASSWORD, ZONE, Lab, Post, free_port
from tests.makers import make_draft


@dataclass(frozen=True)
class Seed:
    """One misconfiguration; `advice` are words that the remedy must hold, `says` some of the finding itself."""

    name: str
    code: str
    advice: str
    spoil: Callable[[Lab], object]
    says: str = ""


def sql(lab: Lab, text: str) -> Callable[[], None]:
    def change() -> None:
        with closing(sqlite3.connect(lab.db)) as connection, connection:
            connection.execute(text)

    return change


def later(lab: Lab, action: Callable[[], object]) -> None:
    lab.later.append(action)


def text_of_settings(lab: Lab, add: str) -> None:
    later(lab, lambda: lab.path.write_text(lab.path.read_text("utf-8") + add, "utf-8"))


def with_secret(lab: Lab, mode: int = 0o600) -> None:
    lab.tree["mail"]["user"] = "restock"
    lab.tree["mail"]["password_file"] = "secrets/mail"
    lab.secrets["mail"] = PASSWORD
    later(lab, lambda: (lab.folder / "secrets" / "mail").chmod(mode))


def files_path_is_a_file(lab: Lab) -> None:
    lab.tree["paths"] = {"files": "var/files"}
    later(lab, lambda: (lab.folder / "var" / "files").write_text("x", "utf-8"))


def damaged(lab: Lab) -> None:
    def overwrite() -> None:
        with closing(sqlite3.connect(lab.db)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        content = bytearray(lab.db.read_bytes())
        content[8192:24576] = b"\xa5" * 16384
        lab.db.write_bytes(bytes(content))

    later(lab, overwrite)


def unreachable_s4(lab: Lab, name: str = "s4", **keys: Any) -> dict[str, Any]:
    """A system whose port is closed, for findings that need no answer."""
    section = {
        "connector": "sap-s4", "base_url": f"http://127.0.0.1:{free_port()}", "timezone": ZONE,
        "user": "RESTOCK", "password_file": "secrets/s4",
        "plants": {"1010": {"company_code": "1", "purchasing_organisation": "1", "purchasing_group": "1"}},
    } | keys  # fmt: skip
    lab.tree["systems"][name] = section
    lab.secrets["s4"] = PASSWORD
    return section


def twice(lab: Lab) -> None:
    unreachable_s4(lab, "old")
    unreachable_s4(lab, "new")


def scoped_buyer(lab: Lab) -> None:
    unreachable_s4(lab)
    lab.people = [Person("ana@company.example", "Ana", frozenset({"buyer", "admin"}), frozenset({"1020"}))]


def buyers_only(lab: Lab) -> None:
    lab.people = lab.people[:1]


def nobody(lab: Lab) -> None:
    lab.people = []


def no_factor(lab: Lab) -> None:
    later(lab, sql(lab, "UPDATE people SET totp_secret = ''"))


def mailing(lab: Lab, **keys: Any) -> None:
    lab.tree["mail"] |= keys


def refusing_logon(lab: Lab) -> None:
    def judge(*_args: Any) -> AuthResult:
        return AuthResult(success=False, handled=False)

    mailing(lab, port=lab.smtp(Post(), authenticator=judge, auth_require_tls=False))
    with_secret(lab)


def refusing_sender(lab: Lab) -> None:
    mailing(lab, port=lab.smtp(Post("550 5.7.1 who are you")))


def strange_certificate(lab: Lab) -> None:
    mailing(lab, port=lab.smtp(Post(), tls_context=lab.tls("other.example")), security="starttls")


def old_plan(lab: Lab) -> None:
    later(lab, sql(lab, "UPDATE runs SET started_at = '2020-01-02T03:04:05.000000Z'"))


def failed_plan(lab: Lab) -> None:
    later(lab, sql(lab, "UPDATE runs SET state = 'failed', report = '{\"error\": \"the extract was empty\"}'"))


def plan_that_ended(lab: Lab, state: str, code: int) -> None:
    def end() -> None:
        store = open_store(load(lab.path), lab.clock, migrate=False)
        run = store.runs.latest("plan")
        assert run is not None
        store.runs.close(run.run_id, state, {"exit_code": code, "message": "s4: nothing was ordered"})
        store.engine.dispose()

    later(lab, end)


def stopped(lab: Lab) -> None:
    later(lab, lambda: (lab.folder / "var" / "STOP").write_text("prices", "utf-8"))


def stuck_mail(lab: Lab) -> None:
    insert = (
        "INSERT INTO outbox (order_key, topic, created_at, not_before, attempts, error) VALUES "
        "('K', 'alarm', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', 5, 'x')"
    )
    later(lab, sql(lab, insert))


def with_order(lab: Lab, change: str) -> None:
    def place() -> None:
        store = open_store(load(lab.path), lab.clock, migrate=False)
        store.orders.adopt([make_draft()], system="s4", run_id="run", plan_id="plan")
        store.engine.dispose()

    later(lab, place)
    later(lab, sql(lab, change))


def write_policy(lab: Lab, text: str) -> None:
    lab.policy = text


def open_policy(lab: Lab) -> None:
    later(lab, lambda: (lab.folder / "policies").chmod(0o777))


def inner(lab: Lab, section: str, **keys: Any) -> None:
    lab.tree.setdefault(section, {}).update(keys)


def world(lab: Lab, **keys: Any) -> None:
    lab.world.update(keys)


def not_writable(lab: Lab) -> None:
    world(lab, may_write=lambda path: path != lab.db)


def starters(lab: Lab) -> None:
    (lab.folder / "evil.pth").write_text("import os; os.system('true')\n", "utf-8")
    world(lab, packages=(lab.folder,))


def removed(lab: Lab, path: Path) -> None:
    later(lab, path.unlink)


ROUTES = """
approvals:
  routes:
    - {id: small, up_to: 100 EUR, need: [1 buyer]}
"""
GiB = 1 << 30
INSTALLATION = (
    Seed("no settings file", "settings-missing", "restock init", lambda x: removed(x, x.path)),
    Seed("settings are no TOML", "settings-unreadable", "line", lambda x: text_of_settings(x, "[[[\n")),
    Seed("a key that nobody reads", "settings-unknown-key", "docs/settings.md", lambda x: inner(x, "orders", undo=3)),
    Seed("a time zone that does not exist", "settings-invalid", "correct",
         lambda x: inner(x, "installation", timezone="Mars/Base")),
    Seed("secret file missing", "secret-unreadable", "0600", lambda x: mailing(x, password_file="secrets/none")),
    Seed("secret file open to all", "secret-open", "chmod 600", lambda x: with_secret(x, 0o644)),
    Seed("database open to all", "secret-open", "restock.sqlite", lambda x: later(x, lambda: x.db.chmod(0o644)),
         "second factors"),
    Seed("secret inside the settings", "secret-in-settings", "password_file",
         lambda x: mailing(x, user="u", password=PASSWORD)),
    Seed("settings writable by all", "settings-writable", "chmod go-w",
         lambda x: later(x, lambda: x.path.chmod(0o666))),
    Seed("no system", "no-system", "[systems.NAME]", lambda _: None),
    Seed("a connector that does not exist", "connector-unknown", "sap-s4",
         lambda x: unreachable_s4(x, connector="sap-s5")),
    Seed("a system without plants", "system-settings-invalid", "docs/settings.md",
         lambda x: unreachable_s4(x).pop("plants")),
    Seed("a system without user", "system-settings-invalid", "docs/settings.md",
         lambda x: unreachable_s4(x).pop("user")),
    Seed("http to another machine not allowed", "system-settings-invalid", "docs/settings.md",
         lambda x: unreachable_s4(x, base_url="http://s4.company.example")),
    Seed("one plant in two systems", "location-twice", "1010", twice),
    Seed("time zone of the system left out", "timezone-default", "Europe/Berlin",
         lambda x: unreachable_s4(x).pop("timezone")),
    Seed("cron line with four fields", "schedule-invalid", "schedule.plan",
         lambda x: inner(x, "schedule", plan="0 5 * *")),
    Seed("templates folder missing", "templates-missing", "paths.templates",
         lambda x: inner(x, "paths", templates="own")),
    Seed("Python too old", "python-too-old", "supported Python", lambda x: world(x, python=(3, 10))),
    Seed("disk nearly full", "disk-nearly-full", "free space", lambda x: world(x, free=lambda _: GiB)),
    Seed("disk full", "disk-full", "paths.", lambda x: world(x, free=lambda _: 1 << 20)),
    Seed("a file where a folder should be", "folder-readonly", "paths.files", files_path_is_a_file),
    Seed("a .pth file that runs code", "code-at-start", "evil.pth", starters),
    Seed("no database", "database-missing", "restock user add", lambda x: setattr(x, "database", False)),
    Seed("database is another file", "database-unreadable", "backup",
         lambda x: later(x, lambda: x.db.write_bytes(b"not a database" * 300))),
    Seed("database damaged", "database-broken", "restore the backup", damaged),
    Seed("database of an older release", "database-old", "restock run housekeeping",
         lambda x: later(x, sql(x, "UPDATE alembic_version SET version_num = '0001'"))),
    Seed("database of a newer release", "database-new", "newer release",
         lambda x: later(x, sql(x, "UPDATE alembic_version SET version_num = '9999'"))),
    Seed("database may not be written", "database-readonly", "right to write", not_writable),
    Seed("database on a network disk", "database-on-network", "local disk",
         lambda x: world(x, mounts=lambda: f"/dev/sda1 / ext4 rw 0 0\nnas:/x {x.folder} nfs4 rw 0 0\n")),
    Seed("policy broken", "policy-invalid", "restock policy check",
         lambda x: write_policy(x, "version: 1\nmood: good\n")),
    Seed("a forecaster that is not there", "policy-invalid", "restock policy check",
         lambda x: write_policy(x, "version: 1\ndefaults: { forecaster: NaiveForcaster }\n")),
    Seed("no policy folder", "policy-invalid", "restock policy check", lambda x: setattr(x, "policy", None)),
    Seed("policies writable by all", "policy-writable", "chmod -R go-w", open_policy),
    Seed("nobody approves", "nobody-approves", "--role buyer", nobody),
    Seed("a plant without buyer", "location-without-buyer", "--location 1010", scoped_buyer),
    Seed("no admin", "no-admin", "--role admin", buyers_only),
    Seed("nobody hears alarms", "nobody-hears-alarms", "--role operator", buyers_only),
    Seed("a person without second factor", "no-second-factor", "restock user add ana@company.example", no_factor),
    Seed("no mail", "mail-absent", "[mail]", lambda x: x.tree.pop("mail")),
    Seed("mail server unknown", "mail-host-unknown", "mail.host", lambda x: mailing(x, host="mail.invalid")),
    Seed("mail server does not listen", "mail-unreachable", "mail.port", lambda x: mailing(x, port=free_port())),
    Seed("mail server without STARTTLS", "mail-no-starttls", "587", lambda x: mailing(x, security="starttls")),
    Seed("mail certificate not trusted", "mail-certificate", "authority", strange_certificate),
    Seed("mail password wrong", "mail-logon-refused", "mail.password_file", refusing_logon),
    Seed("mail sender refused", "mail-sender-refused", "mail.sender", refusing_sender),
    Seed("mail in clear", "mail-in-clear", "starttls", lambda x: mailing(x, host="mail.invalid")),
    Seed("mail sender left at its default", "mail-sender-default", "mail.sender",
         lambda x: mailing(x, sender="restock@localhost.localdomain")),
    Seed("mails are stuck", "mail-waiting", "restock run approve", stuck_mail),
    Seed("console over http", "console-in-clear", "https",
         lambda x: inner(x, "console", url="http://restock.company.example")),
    Seed("console address of this machine", "console-url-local", "console.url",
         lambda x: (inner(x, "console", url="http://127.0.0.1:8484"), mailing(x, host="mail.invalid"))),
    Seed("console secret short", "console-secret-short", "32", lambda x: inner(x, "console", secret="abc")),
    Seed("an order in doubt", "orders-need-person", "restock orders list",
         lambda x: with_order(x, "UPDATE orders SET state = 'manual'")),
    Seed("the record was changed", "chain-broken", "restock stop",
         lambda x: with_order(x, "UPDATE events SET reason = 'as I say'")),
    Seed("a route that covers too little", "policy-doubtful", "restock policy check",
         lambda x: write_policy(x, f"{x.policy}{ROUTES}")),
    Seed("kill switch on", "stopped", "restock start", stopped),
    Seed("last plan failed", "run-failed", "restock run plan", failed_plan),
    Seed("last plan stopped", "run-failed", "restock run plan", lambda x: plan_that_ended(x, "stopped", 9)),
    Seed("last plan without one of the systems", "run-failed", "restock run plan",
         lambda x: plan_that_ended(x, "done", 3)),
    Seed("last plan long ago", "run-overdue", "restock worker", old_plan),
    Seed("never run", "never-run", "restock run plan", lambda x: later(x, sql(x, "DELETE FROM runs"))),
    Seed("mode observe", "mode-observe", "raise the mode",
         lambda x: write_policy(x, str(x.policy).replace("suggest", "observe"))),
)  # fmt: skip
