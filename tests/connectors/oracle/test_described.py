"""The pod's own description is compared before the first write; what does not fit is never sent."""

from typing import Any

import pytest

from bot.errors import NeedsAdmin
from connectors.oracle.client import FusionClient
from connectors.oracle.described import Described, differences
from tests.connectors.oracle.fusion_parts import Pod

BODY = {"Name": "x", "lines": [{"Number": 1, "schedules": [{"Day": "2026-01-01"}]}]}


def attribute(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "mandatory": False, "updatable": True, "allowChanges": "always"} | more


def description(*header: dict[str, Any], lines: tuple[dict[str, Any], ...] = (), **more: Any) -> dict[str, Any]:
    schedules = {"attributes": [attribute("Day")]}
    children = {"lines": {"attributes": [attribute("Number"), *lines], "children": {"schedules": schedules}}}
    key = attribute("Id", mandatory=True, allowChanges="never")
    return {"attributes": [key, attribute("Name"), *header], "children": children} | more


def told(found: dict[str, Any], body: dict[str, Any] | None = None, *actions: str) -> list[str]:
    return list(differences(found, BODY if body is None else body, actions))


def test_what_fits_is_not_told() -> None:
    assert told(description()) == []
    assert told({}) == []
    assert told({"attributes": [attribute("Name")], "children": {"lines": {"$ref": "#lines"}}}) == []


def test_fields_that_do_not_exist_are_named_with_their_place() -> None:
    body = {"Nam": "x", "lines": [{"Number": 1, "Odd": 2, "schedules": [{"Dat": 1}]}]}
    assert told(description(), body) == [
        "there is no field Nam", "there is no field lines.Odd", "there is no field lines.schedules.Dat",
    ]  # fmt: skip


def test_mandatory_fields_that_we_do_not_send_are_named() -> None:
    more = attribute("PaymentTermsId", mandatory=True)
    assert told(description(more)) == ["the field PaymentTermsId is mandatory, and we do not send it"]
    assert told(description(lines=(more,))) == ["the field lines.PaymentTermsId is mandatory, and we do not send it"]


@pytest.mark.parametrize(
    "change",
    [{"hasDefaultValueExpression": True}, {"allowChanges": "never"}, {"allowChanges": None, "updatable": False},
     {"mandatory": False}],
)  # fmt: skip
def test_what_fusion_fills_itself_is_not_asked_of_us(change: dict[str, Any]) -> None:
    assert told(description(attribute("VersionId", mandatory=True) | change)) == []


def test_actions_must_be_there_where_any_are_listed() -> None:
    listed = description(item={"actions": [{"name": "submit"}]})
    assert told(listed, None, "submit") == []
    assert told(listed, None, "withdraw") == ["there is no action withdraw"]
    assert told(description(item={"actions": []}), None, "submit") == []


def described(pod: Pod, body: dict[str, Any]) -> None:
    pod.gives("things/describe", {"Resources": {"things": body}})


def test_a_resource_that_fits_is_asked_about_once(pod: Pod, client: FusionClient) -> None:
    described(pod, description())
    compared = Described(client)
    for _ in range(3):
        compared.check("things", BODY)
    assert len(pod.sent("GET")) == 1
    headers = pod.mock.calls[0].request.headers
    assert headers["Accept"] == "application/vnd.oracle.adf.description+json"


def test_a_resource_that_does_not_fit_is_refused_every_time_and_asked_about_once(
    pod: Pod, client: FusionClient
) -> None:
    described(pod, description(attribute("PaymentTermsId", mandatory=True)))
    compared = Described(client)
    for _ in range(2):
        with pytest.raises(NeedsAdmin, match="PaymentTermsId is mandatory"):
            compared.check("things", BODY)
    assert len(pod.sent("GET")) == 1


@pytest.mark.parametrize(("status", "asked"), [(404, 1), (403, 1)])
def test_a_pod_that_shows_no_description_holds_nothing_up(
    pod: Pod, client: FusionClient, status: int, asked: int
) -> None:
    pod.gives("things/describe", {"title": "no"}, status=status)
    compared = Described(client)
    compared.check("things", BODY)
    compared.check("things", BODY)
    assert len(pod.sent("GET")) == asked


def test_a_description_that_could_not_be_read_is_asked_for_again(pod: Pod, client: FusionClient) -> None:
    pod.gives("things/describe", *["busy"] * 5, status=503)
    compared = Described(client)
    compared.check("things", BODY)
    described(pod, description(attribute("PaymentTermsId", mandatory=True)))
    with pytest.raises(NeedsAdmin):
        compared.check("things", BODY)
