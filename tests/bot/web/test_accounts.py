"""Passwords and one-time codes."""

from datetime import timedelta

import pytest

from bot.web import accounts
from tests.bot.web.console import HASH, NOW, PASSWORD, SECRET


def test_a_password_is_known_by_its_hash_only() -> None:
    assert accounts.check_password(HASH, PASSWORD)
    assert not accounts.check_password(HASH, PASSWORD + " ")
    assert PASSWORD not in HASH


@pytest.mark.parametrize("stored", [None, "", "scrypt$1$1$1$eA==$eA==", "plain"])
def test_no_hash_is_never_right(stored: str | None) -> None:
    assert not accounts.check_password(stored, "")


def test_the_cost_of_new_hashes_is_the_present_recommendation() -> None:
    fresh = accounts.hash_password(PASSWORD)
    assert fresh.startswith("scrypt$32768$8$3$")
    assert accounts.check_password(fresh, PASSWORD)
    assert not accounts.check_password(fresh.replace("32768", "65536"), PASSWORD)


def test_the_same_password_has_another_hash_each_time() -> None:
    assert accounts.hash_password(PASSWORD) != HASH


def test_a_code_is_its_step_and_drifts_one_step_at_most() -> None:
    code = accounts.current_code(SECRET, NOW)
    step = accounts.code_step(SECRET, code, NOW)
    assert step == int(NOW.timestamp()) // 30
    assert accounts.code_step(SECRET, f"{code[:3]} {code[3:]}", NOW + timedelta(seconds=30)) == step
    assert accounts.code_step(SECRET, code, NOW + timedelta(seconds=61)) is None


@pytest.mark.parametrize("code", ["", "000000", "12345", "ä23456", "x" * 500])
def test_wrong_codes(code: str) -> None:
    assert accounts.code_step(SECRET, code, NOW) is None


def test_without_a_secret_no_code_is_right() -> None:
    assert accounts.code_step(None, accounts.current_code(SECRET, NOW), NOW) is None


def test_new_secrets_go_to_the_app_by_address() -> None:
    secret = accounts.new_totp_secret()
    uri = accounts.provisioning_uri(secret, "ana@company.example")
    assert len(secret) >= 32
    assert uri.startswith("otpauth://totp/Restock:ana%40company.example?")
    assert secret in uri


@pytest.mark.parametrize(("password", "told"), [("short", "at least 12"), ("a" * 20, "repeat"), (PASSWORD, "")])
def test_weak_passwords_are_told(password: str, told: str) -> None:
    assert told in accounts.weakness(password)
    assert bool(told) == bool(accounts.weakness(password))
