"""Tables by report and by REST agree on the Fusion-like server; which days are asked for."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import pytest

from bot.errors import NeedsAdmin, Retryable, StopRun
from connectors.oracle.fusion import CONNECTOR
from connectors.oracle.reported import Reported
from connectors.oracle.settings import FusionSettings
from connectors.oracle.tables import FusionReader
from tests.connectors.oracle.fusion_parts import fusion_settings
from tests.connectors.oracle.report_parts import MOVE, PATHS, report, whole
from tests.connectors.sandbox.fusion_pod import Pod, running_pod
from tests.connectors.scripted import scripted_server
from tests.fakes import DictPages, ManualClock

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pod]:
    with running_pod(tmp_path_factory.mktemp("reports")) as pod:
        yield pod


def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, 6, tzinfo=UTC))


def settings(url: str, **changes: Any) -> FusionSettings:
    values = {"base_url": url, "password": "restock-demo", "history_days": 100}
    return fusion_settings(**(values | changes))


def reader(pod: Pod, **changes: Any) -> FusionReader:
    found = CONNECTOR.reader(settings(pod.url, **changes), clock())
    assert isinstance(found, FusionReader)
    return found


def table(made: FusionReader, name: str) -> pd.DataFrame:
    found = pd.concat(list(made.pull(name)), ignore_index=True)
    for column in found.columns:
        if column.startswith(("quantity", "price")):
            found[column] = found[column].astype(float)
    return found.sort_values(sorted(found.columns)).reset_index(drop=True)


@pytest.mark.parametrize(
    "name", ["demand", "open_orders", "receipts", "sourcing", "suppliers", "items", "item_locations", "stock"]
)
def test_reports_and_lists_give_the_same_table(running: Pod, name: str) -> None:
    lists = table(reader(running), name)
    reports = table(reader(running, report_paths=PATHS, report_chunk_bytes=1024), name)
    assert len(lists)
    shared = sorted((set(lists.columns) & set(reports.columns)) - {"quantity_rejected"})
    assert {"item", "location", "supplier"} & set(shared)
    pd.testing.assert_frame_equal(
        lists[shared].sort_values(shared).reset_index(drop=True),
        reports[shared].sort_values(shared).reset_index(drop=True),
        check_dtype=False,
    )


def test_rejected_goods_are_known_to_the_report_alone(running: Pod) -> None:
    found = table(reader(running, report_paths=PATHS), "receipts")
    assert found.loc[found["order_ref"] == "5001", "quantity_rejected"].tolist() == [2.0]


def test_a_wrong_password_is_told_and_not_tried_again(running: Pod) -> None:
    with pytest.raises(NeedsAdmin, match="invalid username"):
        list(reader(running, report_paths=PATHS, report_user="x", report_password="y").pull("demand"))


def test_a_path_that_does_not_exist_is_told(running: Pod) -> None:
    with pytest.raises(NeedsAdmin, match=r"Nothing\.xdo was not found"):
        list(reader(running, report_paths={"demand": "/Custom/Nothing.xdo"}).pull("demand"))


def test_reports_that_were_read_are_kept_for_the_next_process(running: Pod) -> None:
    pages = DictPages()
    first = reader(running, report_paths=PATHS, report_days=20)
    first.resume(pages)
    once = table(first, "demand")
    running.arm(status=[500] * 50)
    try:
        again = reader(running, report_paths=PATHS, report_days=20)
        again.resume(pages)
        pd.testing.assert_frame_equal(table(again, "demand"), once)
        with pytest.raises(Retryable):
            table(reader(running, report_paths=PATHS), "demand")
    finally:
        running.session.delete(f"{running.url}/__faults", timeout=5)


def test_open_orders_and_stock_of_a_run_before_are_never_taken(running: Pod) -> None:
    pages = DictPages()
    for name in ("demand", "open_orders", "stock"):
        again = reader(running, report_paths=PATHS)
        again.resume(pages)
        assert len(table(again, name))
    kept = {path for path in PATHS.values() if any(path in name for name in pages.kept)}
    assert kept == {PATHS["demand"], PATHS["items"]}


def test_days_are_asked_for_without_gap_or_overlap() -> None:
    with scripted_server() as server:
        answers = [report("demand"), report("demand", MOVE | {"TRANSACTION_DATE": "2026-02-10"}), report("demand")]
        server.say(*(whole(content) for content in answers))
        made = Reported(settings(server.url, report_paths=PATHS, report_days=20), clock())
        frames = list(made.demand(date(2026, 1, 20)))
        assert [len(frame) for frame in frames] == [0, 1, 0]
        asked = [got.body.decode().split("</v2:item></v2:listOf")[0] for got in server.got]
    edges = [("2026-01-20", "2026-02-09"), ("2026-02-09", "2026-03-01"), ("2026-03-01", "2026-03-04")]
    assert all(f">{begin}<" in text and f">{end}<" in text for (begin, end), text in zip(edges, asked, strict=True))
    assert all(">M1,M2<" in text for text in asked)


def test_a_report_that_ignores_its_days_stops_the_run() -> None:
    with scripted_server() as server:
        server.say(*(whole(report("demand", MOVE)) for _ in range(3)))
        made = Reported(settings(server.url, report_paths=PATHS, report_days=20), clock())
        with pytest.raises(StopRun, match="other days"):
            list(made.demand(date(2026, 1, 20)))


def test_settings_name_a_user_and_both_reports_of_orders() -> None:
    token = {"token_url": "https://id.example/oauth2/v1/token", "client_id": "a", "client_secret": "b"}
    with pytest.raises(ValueError, match="report_user"):
        fusion_settings(report_paths=PATHS, user="", password="", oauth=token)
    with pytest.raises(ValueError, match="name both"):
        fusion_settings(report_paths={"receipts": PATHS["receipts"]})
    with pytest.raises(ValueError, match="pattern"):
        fusion_settings(report_paths={"demand": "no path"})
