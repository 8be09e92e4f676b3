"""Reads the zip of an import as a loader would, by position, and imports it; no tests in here."""

import csv
import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.orders.model import DraftOrder
from connectors.oracle.fbdi_columns import HEADERS, LINES, MEMBERS
from connectors.oracle.fusion import writer
from connectors.oracle.import_files import ImportWriter
from tests.connectors.oracle.fusion_parts import KEY, draft_order, fusion_settings
from tests.connectors.sandbox.fusion_pod import Pod
from tests.fakes import ManualClock


def loaded(content: bytes) -> dict[str, list[dict[str, str]]]:
    """Rows of each member by column name, empty ones left out; columns are counted, as the loader does."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(content)) as given:
        for member in given.namelist():
            rows = list(csv.reader(io.StringIO(given.read(member).decode(), newline="")))
            found[member] = [
                {name: text for name, text in zip(MEMBERS[member], row, strict=True) if text} for row in rows
            ]
    return found


def made(pod: Pod, folder: Path, **changes: Any) -> ImportWriter:
    settings = fusion_settings(
        base_url=pod.url, password="restock-demo", write_route="import_file", import_folder=folder,
        uom_codes={"Each": "Ea"}, **changes,
    )  # fmt: skip
    found = writer(settings, ManualClock(datetime(2026, 3, 2, 6, tzinfo=UTC)))
    assert isinstance(found.own, ImportWriter)
    return found.own


def draft(key: str = KEY, **line: Any) -> DraftOrder:
    one = draft_order(key, **line)
    return replace(one, order=replace(one.order, supplier="1001"))


def take(folder: Path, key: str = KEY) -> bytes:
    """What an uploader does: rename first, then read the zip."""
    (folder / f"order-{key}.json").rename(folder / f"order-{key}.taken")
    return (folder / f"order-{key}.zip").read_bytes()


def imported(pod: Pod, content: bytes, *, numbered: bool = True) -> dict[str, Any]:
    """The order as Fusion would make it of the zip: incomplete, then submitted by somebody."""
    rows = loaded(content)
    (header,), (line,) = rows[HEADERS], rows[LINES]
    own = {"OrderNumber": header["DOCUMENT_NUM"]} if numbered else {}
    (agent,) = pod.items("procurementAgents", q=f"AgentEmail='{header['AGENT_EMAIL_ADDRESS']}'")
    body = pod.draft(Description=header["COMMENTS"], BuyerId=agent["AgentId"], **own)
    body["lines"][0] |= {"Quantity": float(line["QUANTITY"]), "Price": float(line["UNIT_PRICE"])}
    answer = pod.post("draftPurchaseOrders", body)
    assert answer.status_code == 201, answer.text
    row: dict[str, Any] = answer.json()
    return row
