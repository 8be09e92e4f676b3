"""Transfer orders as supply that is under way."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.oracle.client import FusionClient
from connectors.oracle.source import Source
from connectors.oracle.transfer_orders import open_transfers
from tests.connectors.oracle.fusion_parts import KEY, Pod, fusion_settings, page
from tests.fakes import ManualClock

LINE = {
    "LineId": 5, "LineNumber": 1, "ItemNumber": "AS-1001", "StatusLookup": "OPEN", "RequestedQuantity": 10,
    "ReceivedQuantity": 4, "QuantityUOMCode": "Ea", "NeedByDate": "2026-03-10T02:00:00+00:00",
    "SourceOrganizationCode": "M2", "DestinationOrganizationCode": "M1",
}  # fmt: skip
HEADER = {"HeaderId": 1, "HeaderNumber": "7001", "Description": f"{KEY} x", "OrderedDate": "2026-03-01T12:00:00+00:00"}


def source(pod: Pod, **settings: Any) -> Source:
    pod.gives(
        "inventoryOrganizations",
        page(
            {"OrganizationId": 1, "OrganizationCode": "M1", "LocationCode": "Seattle"},
            {"OrganizationId": 2, "OrganizationCode": "M2", "LocationCode": "Reno"},
        ),
    )
    pod.gives("onhandQuantityDetails", page())
    pod.gives("itemsV2", page({"ItemId": 1, "ItemNumber": "AS-1001", "PrimaryUOMValue": "Ea"}), page())
    given = fusion_settings(timezone="America/Los_Angeles", **settings)
    clock = ManualClock(datetime(2026, 3, 2, 20, tzinfo=UTC))
    made = Source(FusionClient(given, clock), given, clock)
    made.begin()
    return made


def rows(pod: Pod, *lines: dict[str, Any], **settings: Any) -> list[dict[str, Any]]:
    pod.gives("transferOrders", page(HEADER | {"transferOrderLines": {"items": list(lines), "hasMore": False}}))
    found = open_transfers(source(pod, **settings))
    return [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]


def test_what_has_not_arrived_is_under_way(pod: Pod) -> None:
    (row,) = rows(pod, LINE)
    day = datetime(2026, 3, 9, tzinfo=ZoneInfo("America/Los_Angeles")).date()
    assert row == {
        "order_ref": "7001", "line": 1, "schedule": "transfer", "item": "AS-1001", "location": "M1",
        "from_location": "M2", "quantity_ordered": 10, "quantity_open": 6, "ordered_on": date(2026, 3, 1),
        "requested_on": day, "promised_on": day, "order_key": KEY,
    }  # fmt: skip
    asked = pod.sent("GET")[0][0]
    assert "OrderedDate%3E%3D'2024-" in asked


@pytest.mark.parametrize(
    "change",
    [{"ReceivedQuantity": 10}, {"StatusLookup": "CANCELED"},
     {"StatusLookup": None, "TransferOrderLineStatus": "Closed"},
     {"DestinationOrganizationCode": "M9"}],
)  # fmt: skip
def test_what_arrived_ended_or_goes_elsewhere_is_not(pod: Pod, change: dict[str, Any]) -> None:
    assert rows(pod, LINE | change) == []


def test_other_units_are_converted_or_set_aside_aloud(pod: Pod) -> None:
    boxed, odd = rows(
        pod, LINE | {"QuantityUOMCode": "BX"}, LINE | {"RequestedQuantity": "?"},
        conversions=[{"unit": "BX", "base_units": "12"}],
    )  # fmt: skip
    assert (boxed["quantity_ordered"], boxed["quantity_open"]) == (120, 72)
    assert odd["quantity_open"] == "? Ea"


def test_an_order_with_many_lines_is_read_again(pod: Pod) -> None:
    pod.gives("transferOrders", page(HEADER | {"transferOrderLines": {"items": [LINE], "hasMore": True}}))
    pod.gives("transferOrders/1/child/transferOrderLines", page(LINE, LINE | {"LineId": 6, "LineNumber": 2}))
    assert open_transfers(source(pod))["line"] == [1, 2]
