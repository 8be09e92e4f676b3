"""A small company on a running Fusion-like server, and a client for it; no tests in here."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import requests

from connectors.sandbox.fusion import create_fusion_app, load_fusion
from connectors.sandbox.serve import serve

ROOT = "/fscmRestApi/resources/11.13.18.05"
RESOURCE_TYPE = "application/vnd.oracle.adf.resourceitem+json"
ACTION_TYPE = "application/vnd.oracle.adf.action+json"
AS_OF = date(2026, 3, 2)


@dataclass(frozen=True)
class SmallCompany:
    as_of: date
    tables: dict[str, pd.DataFrame]
    systems: dict[str, str] = field(default_factory=lambda: {"M1": "fusion", "M2": "fusion", "1010": "s4"})


def small_company() -> SmallCompany:
    """Two organizations, three items, three suppliers (one on hold), orders in every state, a tiny history."""
    order = {"line": "1", "schedule": "1", "supplier": "1001", "price": 12.5, "currency": "USD", "order_key": ""}
    dates = {
        "ordered_on": pd.Timestamp(2026, 2, 1),
        "requested_on": pd.Timestamp(2026, 2, 10),
        "first_promised_on": pd.Timestamp(2026, 2, 10),
        "promised_on": pd.Timestamp(2026, 2, 14),
    }
    part = order | dates | {"order_ref": "5001", "item": "AS-1001", "location": "M1", "quantity_ordered": 100.0}
    tables = {
        "items": pd.DataFrame(
            {"item": ["AS-1001", "AS-1002", "O'Ring"], "unit": "Ea", "description": "part", "unit_cost": [12.5, 1, 2]}
        ),
        "locations": pd.DataFrame({"location": ["M1", "M2", "1010"], "name": ["Seattle", "Reno", "Hamburg"]}),
        "item_locations": pd.DataFrame(
            {"item": ["AS-1001", "AS-1002", "O'Ring"], "location": ["M1", "M1", "M2"], "buyer": "201",
             "status": ["active", "blocked", "active"], "unit_cost": 12.5, "auto_order": True}
        ),
        "stock": pd.DataFrame(
            {"item": ["AS-1001", "AS-1002", "O'Ring"], "location": ["M1", "M1", "M2"], "on_hand": [40.0, 0.0, 5.0],
             "inspection": [3.0, 0, 0], "blocked": [0.0, 2.0, 0.0], "reserved": [4.0, 0, 0]}
        ),
        "sourcing": pd.DataFrame(
            {"item": ["AS-1001", "AS-1002"], "location": "M1", "supplier": ["1001", "1002"], "price": [12.5, 1.0],
             "currency": "USD", "lead_time_days": [9.0, 2.0], "moq": [20.0, 0.0], "order_multiple": [10.0, 1.0]}
        ),
        "suppliers": pd.DataFrame(
            {"supplier": ["1001", "1002", "9"], "name": ["Lee Supplies", "Held Co", "Unused"],
             "blocked": [False, True, False], "email": "orders@lee.example"}
        ),
        "demand": pd.DataFrame(
            {"item": "AS-1001", "location": ["M1"] * 30 + ["1010"], "date": pd.date_range("2026-01-20", periods=31),
             "quantity": [float(index % 4) for index in range(31)], "kind": ["sale"] * 28 + ["return"] * 3}
        ),
        "receipts": pd.DataFrame(
            [
                part | {"received_on": pd.Timestamp(2026, 2, 13), "quantity_received": 60.0, "quantity_rejected": 2.0},
                part | {"order_ref": "5002", "received_on": pd.NaT, "quantity_received": 0.0, "closed_by": "supplier",
                        "closed_on": pd.Timestamp(2026, 2, 20)},
                part | {"order_ref": "5003", "received_on": pd.Timestamp(2026, 2, 9), "quantity_received": 100.0},
            ]
        ),
        "open_orders": pd.DataFrame([part | {"quantity_open": 40.0}]),
    }  # fmt: skip
    return SmallCompany(AS_OF, tables)


class Pod:
    """A signed-in client of a running server."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.base = f"{url}{ROOT}"
        self.session = requests.Session()
        self.session.auth = ("restock", "restock-demo")
        self.session.headers["REST-Framework-Version"] = "4"

    def get(self, path: str, headers: Mapping[str, str | None] | None = None, **args: Any) -> requests.Response:
        address = path if path.startswith("http") else f"{self.base}/{path}"
        return self.session.get(address, params=args, headers=headers, timeout=10, allow_redirects=False)

    def items(self, path: str, **args: Any) -> list[dict[str, Any]]:
        response = self.get(path, **args)
        assert response.status_code == 200, response.text
        rows: list[dict[str, Any]] = response.json()["items"]
        return rows

    def post(self, path: str, body: object, media_type: str = RESOURCE_TYPE) -> requests.Response:
        address = path if path.startswith("http") else f"{self.base}/{path}"
        return self.session.post(address, json=body, headers={"Content-Type": media_type}, timeout=10)

    def act(self, link: str, action: str, body: object | None = None) -> requests.Response:
        return self.post(f"{link}/action/{action}", body or {}, ACTION_TYPE)

    def arm(self, **faults: object) -> None:
        assert self.session.post(f"{self.url}/__faults", json=faults, timeout=10).status_code == 200

    def draft(self, **changes: object) -> dict[str, Any]:
        """The body of a clean draft for 20 pieces of AS-1001."""
        agent = self.items("procurementAgents", q="Agent='201'")[0]
        supplier = self.items("suppliers", q="SupplierNumber='1001'")[0]
        sites = self.items(f"suppliers/{supplier['SupplierId']}/child/sites", q="SitePurposePurchasingFlag=true")
        schedule = {
            "ScheduleNumber": 1, "ShipToOrganizationCode": "M1", "ShipToLocation": "Seattle", "Quantity": 20,
            "RequestedDeliveryDate": "2026-10-01", "DestinationTypeCode": "INVENTORY",
            "distributions": [{"DistributionNumber": 1, "Quantity": 20}],
        }  # fmt: skip
        line = {"LineNumber": 1, "LineType": "Goods", "Item": "AS-1001", "Quantity": 20, "UOMCode": "Ea"}
        return {
            "BuyerId": agent["AgentId"], "DocumentStyleId": 1, "ProcurementBUId": agent["ProcurementBUId"],
            "SupplierId": supplier["SupplierId"], "SupplierSiteId": sites[0]["SupplierSiteId"], "CurrencyCode": "USD",
            "Description": "ABCDEFGH2345 replenishment",
            "lines": [line | {"Price": 12.345678, "schedules": [schedule]}],
        } | changes  # fmt: skip


def self_link(row: dict[str, Any]) -> str:
    """Address of a row, as the server says it."""
    return next(str(link["href"]) for link in row["links"] if link["rel"] == "self")


@contextmanager
def running_pod(folder: Path, company: object | None = None, **settings: Any) -> Iterator[Pod]:
    """A server on a free port with the small (or given) company."""
    load_fusion(company or small_company(), folder / "fusion.db")  # type: ignore[arg-type] # frozen, as the protocol reads
    server = serve(create_fusion_app(folder / "fusion.db", **settings))
    pod = Pod(server.base_url)
    try:
        yield pod
    finally:
        pod.session.close()
        server.close()
