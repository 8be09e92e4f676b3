import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from connectors.sap.settings import S4Settings
from tests.connectors.sap.stub import PLANT, settings


@pytest.mark.parametrize("url", ["http://s4.example", "ftp://s4.example", "s4.example", "https://"])
def test_password_never_travels_in_clear(url: str) -> None:
    with pytest.raises(ValidationError):
        settings(base_url=url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "https://s4.example"])
def test_loopback_and_https_are_accepted(url: str) -> None:
    assert settings(base_url=url).base_url == url
    assert settings(base_url="http://s4.example", allow_http=True).allow_http


def test_unknown_keys_and_missing_plants_are_refused() -> None:
    with pytest.raises(ValidationError):
        settings(colour="red")
    with pytest.raises(ValidationError):
        settings(plants={})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"user": "", "password": ""}, "nothing signs on"),
        ({"password": ""}, "user has no password"),
        ({"password": "", "client_certificate": "c.pem"}, "user has no password"),
        ({"oauth": {"token_url": "https://s4.example/t", "client_id": "c", "client_secret": ""}}, "client_secret_file"),
    ],
)
def test_a_logon_that_cannot_succeed_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        settings(**changes)


def test_certificates_and_tokens_need_no_password() -> None:
    client = {"token_url": "https://s4.example/t", "client_id": "c", "client_secret": "s"}
    assert settings(user="", password="", client_certificate="c.pem").client_certificate
    assert settings(user="", password="", oauth=client).oauth


def test_password_does_not_print() -> None:
    made = settings(password="very-secret")
    assert "very-secret" not in f"{made!r} {made}"


def test_organisations_are_listed_once() -> None:
    other = {**PLANT, "purchasing_organisation": "0900"}
    assert settings(plants={"1010": PLANT, "1020": PLANT, "1030": other}).organisations == ["0900", "1000"]


def test_stock_transport_orders_are_refused_before_any_call() -> None:
    with pytest.raises(ValidationError, match="requisitions"):
        settings(order_type="UB")


def test_the_example_of_the_documentation_is_valid() -> None:
    page = (Path(__file__).parents[3] / "docs" / "connect-sap.md").read_text("utf-8")
    example = tomllib.loads(page.partition("```toml\n")[2].partition("```")[0])["systems"]["s4"]
    ours = {"connector", "side_folder", "password_file"}
    kept = {name: value for name, value in example.items() if name not in ours}
    made = S4Settings.model_validate(kept | {"password": "of the file"})
    assert made.stock_types == {"K01": "on_hand", "04": "ignore"}
    assert made.movement_types["Z62"] == "-issue"
