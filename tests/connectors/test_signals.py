"""Outside values: availability days, sources over files and HTTP, failures that stop nothing unless they must."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.errors import DataInvalid, NeedsAdmin, Retryable
from connectors.sandbox.serve import serve
from connectors.signals import COLUMNS, SignalSettings, SignalsReader, read
from tests.fakes import ManualClock

NOW = datetime(2026, 11, 27, 4, tzinfo=UTC)
Pages = dict[str, tuple[int, Any]]


def clock() -> ManualClock:
    return ManualClock(NOW)


def source(**keys: Any) -> SignalSettings:
    return SignalSettings.model_validate({"name": "temperature", "published_after_days": 1, **keys})


def rows(*sources: SignalSettings, system: str = "s4") -> list[dict[str, Any]]:
    reader = SignalsReader(sources, system, clock())
    return [row for table in reader.tables for frame in reader.pull(table) for row in frame.to_dict("records")]


@pytest.fixture
def site() -> Iterator[Callable[[Pages], tuple[str, list[tuple[str, str, str]]]]]:
    """Serve JSON by path and query; returns the address and the list of (path, query, authorization) asked for."""
    running = []

    def start(pages: Pages) -> tuple[str, list[tuple[str, str, str]]]:
        asked: list[tuple[str, str, str]] = []

        def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            asked.append((environ["PATH_INFO"], environ["QUERY_STRING"], environ.get("HTTP_AUTHORIZATION", "")))
            status, body = pages.get(environ["PATH_INFO"], (404, {}))
            start_response(f"{status} X", [("Content-Type", "application/json")])
            return [json.dumps(body).encode() if not isinstance(body, bytes) else body]

        running.append(serve(app))
        return running[-1].base_url, asked

    yield start
    for each in running:
        each.close()


def test_a_csv_becomes_rows_with_the_day_on_which_each_could_be_known(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("date,value,seen\n2026-11-20,3.50,2026-11-22\n2026-11-21,n/a,2026-11-23T08:00:00Z\n", "utf-8")
    found = rows(source(kind="csv", path=path, available_on_field="seen", location="W1"))
    assert [(r["date"], r["value"], r["available_on"], r["location"]) for r in found] == [
        ("2026-11-20", "3.50", "2026-11-22", "W1"),
        ("2026-11-21", "n/a", "2026-11-23", "W1"),
    ]
    assert list(found[0]) == list(COLUMNS)


def test_without_a_field_a_value_is_known_so_many_days_after_its_date(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("date,value\n2026-02-27,1\nsoon,2\n", "utf-8")
    found = rows(source(kind="csv", path=path, published_after_days=2))
    assert [(r["date"], r["available_on"]) for r in found] == [("2026-02-27", "2026-03-01")]


def test_values_outside_the_window_are_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("date,value\n2025-01-01,1\n2026-11-26,2\n2026-12-31,3\n", "utf-8")
    found = rows(source(kind="csv", path=path, history_days=30, ahead_days=10))
    assert [r["value"] for r in found] == ["2"]


def test_a_csv_that_is_missing_or_lacks_a_column_is_told_with_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    with pytest.raises(DataInvalid, match="cannot be read"):
        read(source(kind="csv", path=path), clock())
    path.write_text("day,value\n2026-11-20,1\n", "utf-8")
    with pytest.raises(DataInvalid, match=r"has no column date(.|\n)*the file has day, value"):
        read(source(kind="csv", path=path), clock())


def test_a_list_behind_http_is_read_page_by_page_with_exact_digits(
    site: Callable[[Pages], tuple[str, list[tuple[str, str, str]]]],
) -> None:
    pages: Pages = {}
    base, asked = site(pages)
    first = {"data": {"days": [{"on": "2026-11-20", "t": {"mean": 3.10}, "item": "A"}], "next": f"{base}/more"}}
    pages["/v1"] = (200, first)
    pages["/more"] = (200, {"data": {"days": [{"on": "2026-11-21", "t": {"mean": 12345678901234567890}}]}})
    found = rows(
        source(
            kind="rest", url=f"{base}/v1", query={"from": "{from}", "to": "{to}"}, rows="data.days", next="data.next",
            date_field="on", value_field="t.mean", item_field="item", token="s3cr3t", history_days=10, ahead_days=5,
        )
    )  # fmt: skip
    assert [(r["date"], r["value"]) for r in found] == [("2026-11-20", "3.1"), ("2026-11-21", "12345678901234567890")]
    assert found[0]["item"] == "A"
    assert asked == [("/v1", "from=2026-11-17&to=2026-12-02", "Bearer s3cr3t"), ("/more", "", "Bearer s3cr3t")]


def test_a_token_can_go_into_the_query_and_stays_out_of_messages(
    site: Callable[[Pages], tuple[str, list[tuple[str, str, str]]]],
) -> None:
    base, asked = site({})
    with pytest.raises(NeedsAdmin) as raised:
        read(source(kind="rest", url=f"{base}/v1", token="s3cr3t", token_parameter="apikey"), clock())
    assert asked[0][1:] == ("apikey=s3cr3t", "")
    assert "s3cr3t" not in f"{raised.value!r} {raised.value}"


@pytest.mark.parametrize(
    ("body", "words"),
    [({"other": []}, "no list of objects at 'data'"), ({"data": [1]}, "no list of objects"), (b"oops", "no JSON")],
)
def test_an_answer_of_another_shape_names_the_setting(
    site: Callable[[Pages], tuple[str, list[tuple[str, str, str]]]], body: Any, words: str
) -> None:
    base, _ = site({"/v1": (200, body)})
    with pytest.raises(NeedsAdmin, match=words) as raised:
        read(source(kind="rest", url=f"{base}/v1", rows="data"), clock())
    assert "signals.temperature" in str(raised.value)


def test_pages_that_never_end_are_no_signal(
    site: Callable[[Pages], tuple[str, list[tuple[str, str, str]]]],
) -> None:
    pages: Pages = {}
    base, _ = site(pages)
    pages["/v1"] = (200, {"data": [], "next": f"{base}/v1"})
    with pytest.raises(NeedsAdmin, match="never end"):
        read(source(kind="rest", url=f"{base}/v1", rows="data", next="next"), clock())


def test_a_next_page_on_another_host_is_not_followed(
    site: Callable[[Pages], tuple[str, list[tuple[str, str, str]]]],
) -> None:
    base, _ = site({"/v1": (200, {"data": [], "next": "https://evil.example/x"})})
    with pytest.raises(NeedsAdmin, match="another host"):
        read(source(kind="rest", url=f"{base}/v1", rows="data", next="next", token="t0ken"), clock())


def test_a_source_that_fails_is_left_out_and_logged_unless_it_is_required(
    site: Callable[[Pages], tuple[str, list[tuple[str, str, str]]]],
    tmp_path: Path, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    base, _ = site({"/v1": (503, {})})
    path = tmp_path / "t.csv"
    path.write_text("date,value\n2026-11-20,1\n", "utf-8")
    bad, good = source(kind="rest", url=f"{base}/v1"), source(kind="csv", path=path)
    assert [r["value"] for r in rows(bad, good)] == ["1"]
    assert "signal temperature is left out" in caplog.text
    with pytest.raises(Retryable):
        rows(bad.model_copy(update={"required": True}), good)


def test_holidays_are_known_a_year_before_and_belong_to_their_location() -> None:
    found = rows(SignalSettings(name="holiday", kind="holidays", locations={"M": "DE-BY", "B": "DE-BE"}, ahead_days=60))
    bavarian = {r["date"] for r in found if r["location"] == "M"}
    berlin = {r["date"] for r in found if r["location"] == "B"}
    assert "2026-12-25" in bavarian & berlin
    assert "2026-01-06" in bavarian - berlin
    assert {r["value"] for r in found} == {"1"}
    assert all(r["available_on"] == f"{int(r['date'][:4]) - 1}-01-01" for r in found)
    assert max(bavarian) <= "2027-01-26"


def test_a_calendar_that_does_not_exist_is_named() -> None:
    bad = SignalSettings(name="holiday", kind="holidays", locations={"M": "DE-XX"})
    with pytest.raises(NeedsAdmin, match="no holiday calendar 'DE-XX'"):
        read(bad, clock(), date(2026, 1, 1))


def test_sources_serve_the_systems_that_they_name() -> None:
    only = SignalSettings(name="h", kind="holidays", locations={"M": "DE"}, systems=("fusion",))
    assert rows(only, system="s4") == []
    assert SignalsReader((only,), "s4", clock()).tables == frozenset()
    assert rows(only, system="fusion")


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"kind": "csv"}, "needs path"),
        ({"kind": "rest"}, "needs url"),
        ({"kind": "holidays"}, "needs locations"),
        ({"kind": "csv", "path": "x", "published_after_days": None}, "say when a value can be known"),
        ({"kind": "rest", "url": "http://weather.example/x"}, "must start with https"),
        ({"kind": "rest", "url": "https://weather.example/x", "typo": 1}, "typo"),
    ],
)
def test_settings_that_cannot_work_say_why(keys: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        source(**keys)
