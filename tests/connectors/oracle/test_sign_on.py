"""Sign-on against the Fusion-like server: signed statements, tokens that end, refusals."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.errors import NeedsAdmin, OutcomeUnknown, Retryable
from connectors.oracle.client import FusionClient
from connectors.oracle.settings import FusionSettings
from connectors.sandbox.fusion import Credentials
from tests.connectors.oracle.fusion_parts import fusion_settings
from tests.connectors.oracle.key_parts import certificate_pem, private_pem, public_pem
from tests.connectors.sandbox.fusion_pod import Pod, running_pod
from tests.connectors.scripted import Scripted, Step, scripted_server
from tests.fakes import ManualClock

pytestmark = pytest.mark.servers
NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
LIST = ("inventoryOrganizations", ("OrganizationId",))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pod]:
    known = Credentials(public_key=public_pem())
    with running_pod(tmp_path_factory.mktemp("sign_on"), credentials=known, now=lambda: NOW) as pod:
        yield pod


def with_token(url: str, **changes: Any) -> FusionSettings:
    oauth = {
        "token_url": f"{url}/oauth2/v1/token", "client_id": "restock-client", "client_secret": "restock-client-demo",
    }  # fmt: skip
    return fusion_settings(base_url=url, user="", password="", oauth=oauth | changes)


def trusted(url: str, **changes: Any) -> FusionSettings:
    issuer = {"issuer": "restock-issuer", "user": "restock", "private_key": private_pem()}
    return fusion_settings(base_url=url, user="", password="", trusted_issuer=issuer | changes)


def codes(settings: FusionSettings, clock: ManualClock | None = None) -> list[str]:
    client = FusionClient(settings, clock or ManualClock(NOW))
    return [row["OrganizationCode"] for row in client.rows(*LIST)]


def test_a_signed_statement_about_the_user_gets_a_token(running: Pod) -> None:
    assert codes(with_token(running.url, private_key=private_pem(), subject="restock")) == ["M1", "M2"]


def test_a_pod_that_trusts_our_certificate_takes_our_own_statements(running: Pod) -> None:
    assert codes(trusted(running.url, certificate=certificate_pem())) == ["M1", "M2"]


@pytest.mark.parametrize("changes", [{"user": "somebody"}, {"issuer": "other"}])
def test_statements_about_others_are_refused(running: Pod, changes: dict[str, str]) -> None:
    with pytest.raises(NeedsAdmin, match="401"):
        codes(trusted(running.url, **changes))


@pytest.mark.parametrize("changes", [{"subject": "somebody"}, {"audience": "x"}, {"issuer": "other"}])
def test_a_statement_that_does_not_fit_gets_no_token(running: Pod, changes: dict[str, str]) -> None:
    given = {"private_key": private_pem(), "subject": "restock"} | changes
    with pytest.raises(NeedsAdmin, match="401"):
        codes(with_token(running.url, **given))


def test_own_statements_are_made_anew_before_they_end(running: Pod) -> None:
    clock = ManualClock(NOW)
    client = FusionClient(trusted(running.url, seconds=3600), clock)
    client.rows(*LIST)
    first = client._tokens.header()  # type: ignore[union-attr] # there are tokens
    clock.advance(3000)
    assert client._tokens.header() == first  # type: ignore[union-attr] # same
    clock.advance(600)
    assert client._tokens.header() != first  # type: ignore[union-attr] # same


def test_settings_ask_for_one_way_and_for_what_belongs_together() -> None:
    with pytest.raises(ValueError, match="one of"):
        fusion_settings(trusted_issuer={"issuer": "a", "user": "b", "private_key": "c"})
    with pytest.raises(ValueError, match="belong together"):
        with_token("https://pod.example.com", private_key="x")
    with pytest.raises(NeedsAdmin, match=r"oauth\.private_key_file"):
        codes(with_token("https://pod.example.com", private_key="x", subject="y"))


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted_server() as scripted:
        yield scripted


def token(name: str) -> Step:
    return Step(body={"access_token": name, "expires_in": 3600})


PAGE = {"items": [{"OrganizationId": 1, "OrganizationCode": "M1"}], "count": 1, "hasMore": False, "offset": 0}


def test_a_token_that_ends_while_reading_is_renewed_once_and_the_same_page_read_again(server: Scripted) -> None:
    more = PAGE | {"hasMore": True}
    last = PAGE | {"items": [{"OrganizationId": 2, "OrganizationCode": "M2"}]}
    server.say(token("one"), Step(body=more), Step(401), token("two"), Step(body=last))
    assert codes(with_token(server.url)) == ["M1", "M2"]
    assert server.got[2].path == server.got[4].path
    assert server.got[4].headers["authorization"] == "Bearer two"


def test_a_new_token_that_is_refused_too_is_told(server: Scripted) -> None:
    server.say(token("one"), Step(401), token("two"), Step(401))
    with pytest.raises(NeedsAdmin, match="401"):
        codes(with_token(server.url))
    assert len(server.got) == 4


def test_a_write_with_an_ended_token_did_nothing_and_is_not_sent_again_by_itself(server: Scripted) -> None:
    client = FusionClient(with_token(server.url), ManualClock(NOW))
    server.say(token("one"), Step(401), token("two"), Step(401))
    with pytest.raises(Retryable, match="nothing was done"):
        client.create("things", {}, "KEY")
    assert len(server.got) == 2
    with pytest.raises(NeedsAdmin):
        client.create("things", {}, "KEY")
    server.say(Step(201, {"Id": 1}), Step(401))
    assert client.create("things", {}, "KEY") == {"Id": 1}
    with pytest.raises(Retryable):
        client.delete("things/1", "KEY")


def test_with_a_password_a_refused_write_is_for_a_person(server: Scripted) -> None:
    server.say(Step(401), Step(500))
    client = FusionClient(fusion_settings(base_url=server.url), ManualClock(NOW))
    with pytest.raises(NeedsAdmin):
        client.create("things", {}, "KEY")
    with pytest.raises(OutcomeUnknown):
        client.create("things", {}, "KEY")
