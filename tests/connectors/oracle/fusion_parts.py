"""Settings, orders and scripted pods for the tests of the Fusion connector."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import responses

from bot.orders.model import DraftOrder, OrderLine, PurchaseOrder, Verdict
from bot.ports import Clock
from connectors.oracle.client import ROOT, FusionClient
from connectors.oracle.orders import FusionWriter
from connectors.oracle.settings import FusionSettings

POD = "https://pod.example.com"
KEY = "ABCDEFGHJK23"
SECRET = "s3cret-pass/word"


def fusion_settings(**changes: Any) -> FusionSettings:
    values: dict[str, Any] = {
        "system": "fusion",
        "base_url": POD,
        "user": "restock",
        "password": SECRET,
        "organizations": {
            "M1": {"procurement_bu": "US1 Business Unit", "buyer": "buyer@company.example", "currency": "USD"},
            "M2": {"procurement_bu": "US1 Business Unit", "buyer": "buyer@company.example", "currency": "USD"},
        },
    }
    return FusionSettings(**(values | changes))


def order_writer(settings: FusionSettings, clock: Clock) -> FusionWriter:
    """The route of orders alone, as it is asked by `routes`."""
    return FusionWriter(FusionClient(settings, clock), settings, clock)


def purchase_order(key: str = KEY, **line: Any) -> PurchaseOrder:
    values: dict[str, Any] = {
        "number": 1, "item": "AS-1001", "location": "M1", "quantity": Decimal(20), "unit": "Ea",
        "price": Decimal("12.5"), "need_date": date(2026, 10, 1), "need_key": "n1",
    }  # fmt: skip
    lines = (OrderLine(**(values | line)),)
    return PurchaseOrder(key, 1, "fusion", "1252", "M1", "USD", date(2026, 9, 1), lines)


def draft_order(key: str = KEY, **line: Any) -> DraftOrder:
    return DraftOrder(purchase_order(key, **line), Verdict.AUTO, None)


def page(*rows: dict[str, Any], more: bool = False, offset: int = 0, **changes: Any) -> dict[str, Any]:
    return {"items": list(rows), "count": len(rows), "hasMore": more, "limit": 500, "offset": offset} | changes


class Pod:
    """A scripted pod: lists by resource name, and the requests that it got."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        self.mock = mock
        self.root = f"{POD}{ROOT}"

    def gives(self, path: str, *bodies: Any, method: str = "GET", status: int = 200, **kwargs: Any) -> None:
        for body in bodies:
            if isinstance(body, Exception):
                self.mock.add(method, f"{self.root}/{path}", body=body)
            elif isinstance(body, str):
                self.mock.add(method, f"{self.root}/{path}", body=body, status=status, **kwargs)
            else:
                self.mock.add(method, f"{self.root}/{path}", body=json.dumps(body), status=status, **kwargs)

    def sent(self, method: str) -> list[tuple[str, Any]]:
        found = [call.request for call in self.mock.calls if call.request.method == method]
        return [(str(r.url).removeprefix(f"{self.root}/"), json.loads(r.body) if r.body else None) for r in found]
