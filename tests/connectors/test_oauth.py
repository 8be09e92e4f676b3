"""Access tokens: kept until shortly before they end, asked for again after that, never guessed."""

import json
from collections.abc import Iterator

import pytest

from bot.errors import NeedsAdmin, Retryable
from connectors.oauth import client_credentials
from tests.connectors.scripted import Scripted, Step, scripted_server
from tests.fakes import ManualClock

HEADERS = {"Content-Type": "application/json"}


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted_server() as running:
        yield running


def token(name: str, seconds: int = 300) -> Step:
    return Step(200, json.dumps({"access_token": name, "expires_in": seconds}).encode(), HEADERS)


def test_a_token_is_kept_until_a_minute_before_its_end(server: Scripted) -> None:
    clock = ManualClock()
    source = client_credentials(f"{server.url}/oauth/token", "id", "s3cret", clock, scope="a b")
    server.say(token("one"), token("two"))
    assert source.header() == "Bearer one"
    clock.advance(239)
    assert source.header() == "Bearer one"
    clock.advance(2)
    assert source.header() == "Bearer two"
    assert server.got[0].body == b"grant_type=client_credentials&scope=a+b"


def test_a_forgotten_token_is_asked_for_again(server: Scripted) -> None:
    source = client_credentials(f"{server.url}/oauth/token", "id", "s3cret", ManualClock())
    server.say(token("one"), token("two"))
    source.header()
    source.forget()
    assert source.header() == "Bearer two"


@pytest.mark.parametrize("body", [b"{}", b"<html>", b'{"access_token": "x", "expires_in": "soon"}'])
def test_an_answer_without_token_is_for_later(server: Scripted, body: bytes) -> None:
    server.say(Step(200, body, HEADERS))
    with pytest.raises(Retryable):
        client_credentials(f"{server.url}/t", "id", "s3cret", ManualClock()).header()


def test_a_refused_client_needs_an_admin_and_its_secret_stays_out_of_the_message(server: Scripted) -> None:
    server.say(Step(401, b'{"error": "invalid_client s3cret"}', HEADERS))
    with pytest.raises(NeedsAdmin) as raised:
        client_credentials(f"{server.url}/t", "id", "s3cret", ManualClock()).header()
    assert "s3cret" not in str(raised.value)
