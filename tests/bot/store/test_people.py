"""People, their accounts and their sessions."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.orders.model import Person
from bot.store.people import Accounts, Sessions, SqlPeople
from tests.makers import ADMIN, BUYER, OTHER_BUYER, database

T0 = datetime(2026, 3, 2, 5, tzinfo=UTC)


def test_people_are_found_by_role_and_scope(tmp_path: Path) -> None:
    with database(tmp_path / "x.db") as engine:
        people = SqlPeople(engine)
        for person in (BUYER, OTHER_BUYER, ADMIN):
            people.put(person)
        assert people.find("ANN@example.com ") == BUYER
        assert people.find("nobody@example.com") is None
        assert people.with_role("buyer", "L1") == [BUYER]
        assert people.with_role("buyer", "L2") == [BUYER, OTHER_BUYER]
        people.put(replace(BUYER, active=False))
        assert people.with_role("buyer") == [OTHER_BUYER]
        found = people.find(BUYER.email)
        assert found is not None
        assert not found.active


def test_changing_a_person_keeps_the_account(tmp_path: Path) -> None:
    with database(tmp_path / "x.db") as engine:
        people, accounts = SqlPeople(engine), Accounts(engine)
        assert not accounts.set(BUYER.email, password_hash="h", totp_secret="t")
        people.put(BUYER)
        assert accounts.password_hash(BUYER.email) is None
        assert accounts.set(BUYER.email, password_hash="h", totp_secret="t")
        people.put(Person(BUYER.email, "Anna", frozenset({"admin"})))
        assert (accounts.password_hash(BUYER.email), accounts.totp_secret(BUYER.email)) == ("h", "t")


def test_a_one_time_code_works_once(tmp_path: Path) -> None:
    with database(tmp_path / "x.db") as engine:
        SqlPeople(engine).put(BUYER)
        accounts = Accounts(engine)
        assert [accounts.use_totp_step(BUYER.email, step) for step in (100, 100, 99, 101)] == [True, False, False, True]


def test_sessions_open_end_and_are_swept(tmp_path: Path) -> None:
    with database(tmp_path / "x.db") as engine:
        people, sessions, accounts = SqlPeople(engine), Sessions(engine), Accounts(engine)
        people.put(BUYER)
        for name in ("a", "b", "c"):
            sessions.open(name, BUYER.email, T0, T0 + timedelta(hours=8))
        found = sessions.find("a")
        assert found is not None
        assert (found.email, found.expires_at) == (BUYER.email, T0 + timedelta(hours=8))
        sessions.touch("a", T0 + timedelta(hours=1))
        sessions.close("b")
        assert sessions.find("b") is None
        assert sessions.sweep(T0 + timedelta(hours=8)) == 2
        sessions.open("d", BUYER.email, T0, T0 + timedelta(hours=8))
        accounts.set(BUYER.email, password_hash="new", totp_secret="new")
        assert sessions.find("d") is None
        sessions.open("e", BUYER.email, T0, T0 + timedelta(hours=8))
        people.put(replace(BUYER, active=False))
        assert sessions.find("e") is None
