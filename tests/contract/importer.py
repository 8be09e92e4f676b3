"""What a company does with the files of `import_file`: takes each once, and lets Fusion make an order of its zip.

It reads the zips by position, as Fusion's loader does, and knows nothing of the connector that wrote them.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from connectors.oracle.fbdi_columns import DISTRIBUTIONS, HEADERS, LINES, SCHEDULES
from tests.connectors.oracle.fbdi_parts import loaded
from tests.connectors.sandbox.fusion_pod import Pod, self_link


class Importer:
    """Uploads to one server; `units` are codes by the names that the import wants."""

    def __init__(self, url: str, folder: Path, units: dict[str, str]) -> None:
        self._pod, self._folder, self._units = Pod(url), folder, units
        self._kept: dict[tuple[str, str], dict[str, Any]] = {}

    def run(self) -> None:
        """Import everything that is handed over."""
        for manifest in sorted(self._folder.glob("order-*.json")):
            taken = manifest.rename(manifest.with_suffix(".taken"))
            sealed = json.loads(taken.read_text("utf-8"))["import"]
            content = (self._folder / sealed["file"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == sealed["sha256"]
            self._import(loaded(content))

    def close(self) -> None:
        self._pod.session.close()

    def _import(self, rows: dict[str, list[dict[str, str]]]) -> None:
        (header,) = rows[HEADERS]
        assert (header["ACTION"], header["DOCUMENT_TYPE_CODE"]) == ("ORIGINAL", "STANDARD")
        assert header["BATCH_ID"].isdigit()
        supplier = self._one("suppliers", "SupplierNumber", header["VENDOR_NUM"])
        sites = f"suppliers/{supplier['SupplierId']}/child/sites"
        body = {
            "OrderNumber": header["DOCUMENT_NUM"],
            "Description": header["COMMENTS"],
            "CurrencyCode": header["CURRENCY_CODE"],
            "BuyerId": self._one("procurementAgents", "AgentEmail", header["AGENT_EMAIL_ADDRESS"])["AgentId"],
            "DocumentStyleId": self._one("purchasingDocumentStylesLOV", "DisplayName", header["STYLE_DISPLAY_NAME"])[
                "StyleId"
            ],
            "ProcurementBUId": self._one("procurementBusinessUnitsLOV", "ProcurementBU", header["PRC_BU_NAME"])[
                "ProcurementBUId"
            ],
            "SupplierId": supplier["SupplierId"],
            "SupplierSiteId": self._one(sites, "SupplierSite", header["VENDOR_SITE_CODE"])["SupplierSiteId"],
            "lines": [self._line(line, rows) for line in rows[LINES]],
        }
        answer = self._pod.post("draftPurchaseOrders", body)
        assert answer.status_code == 201, answer.text
        assert self._pod.act(self_link(answer.json()), "submit").json()["result"] == "SUCCESS"

    def _line(self, line: dict[str, str], rows: dict[str, list[dict[str, str]]]) -> dict[str, Any]:
        (place,) = (row for row in rows[SCHEDULES] if row["INTERFACE_LINE_KEY"] == line["INTERFACE_LINE_KEY"])
        key = place["INTERFACE_LINE_LOCATION_KEY"]
        (part,) = (row for row in rows[DISTRIBUTIONS] if row["INTERFACE_LINE_LOCATION_KEY"] == key)
        schedule = {
            "ScheduleNumber": int(place["SHIPMENT_NUM"]),
            "ShipToOrganizationCode": place["SHIP_TO_ORGANIZATION_CODE"],
            "Quantity": float(place["QUANTITY"]),
            "RequestedDeliveryDate": place["NEED_BY_DATE"].replace("/", "-"),
            "DestinationTypeCode": place["DESTINATION_TYPE_CODE"],
            "distributions": [{"DistributionNumber": 1, "Quantity": float(part["QUANTITY_ORDERED"])}],
        }
        return {
            "LineNumber": int(line["LINE_NUM"]), "LineType": line["LINE_TYPE"], "Item": line["ITEM"],
            "Quantity": float(line["QUANTITY"]), "UOMCode": self._units[line["UNIT_OF_MEASURE"]],
            "Price": float(line["UNIT_PRICE"]), "schedules": [schedule],
        }  # fmt: skip

    def _one(self, resource: str, attribute: str, text: str) -> dict[str, Any]:
        if (resource, text) not in self._kept:
            rows = [row for row in self._pod.items(resource, limit=500) if str(row[attribute]) == text]
            assert len(rows) == 1, f"{len(rows)} of {resource} are called {text}"
            self._kept[resource, text] = rows[0]
        return self._kept[resource, text]
