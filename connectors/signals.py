"""Values from outside as rows of `signals`: public holidays, CSV files, and lists of any REST interface.

Every row says on which day it could first be known, so that a backtest never sees tomorrow's value. Nothing is
forecast or cleaned here.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from bot.errors import DataInvalid, Finding, NeedsAdmin, RestockError
from bot.ports import Clock
from connectors.http import HttpSession, Limits, basic_auth, bearer_auth, no_auth
from connectors.signals_holidays import holiday_rows

_LOG = logging.getLogger(__name__)
COLUMNS = ("name", "date", "value", "available_on", "item", "location", "category")
_MOST_PAGES = 1000
Row = dict[str, str | None]


class SignalSettings(BaseModel):
    """One source; `rows` and `next` are dotted paths in the JSON of the answer, fields are dotted paths in a row.

    Without `available_on_field` a value counts as known `published_after_days` after its date: a source that revises
    its values needs the field.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str
    kind: Literal["holidays", "csv", "rest"]
    systems: tuple[str, ...] = ()
    required: bool = False
    locations: dict[str, str] = Field(default_factory=dict)
    path: Path | None = None
    url: str = ""
    query: dict[str, str] = Field(default_factory=dict)
    rows: str = ""
    next: str = ""
    user: str = ""
    password: SecretStr = SecretStr("")
    token: SecretStr = SecretStr("")
    token_parameter: str = ""
    ca_bundle: str = ""
    date_field: str = "date"
    value_field: str = "value"
    available_on_field: str = ""
    published_after_days: int | None = Field(default=None, ge=0)
    item_field: str = ""
    location_field: str = ""
    category_field: str = ""
    item: str = ""
    location: str = ""
    category: str = ""
    history_days: int = Field(default=1100, ge=0)
    ahead_days: int = Field(default=370, ge=0)
    timezone: str = "UTC"

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = {"holidays": ("locations",), "csv": ("path",), "rest": ("url",)}[self.kind]
        missing = [name for name in needed if not getattr(self, name)]
        if missing:
            raise ValueError(f"a signal of kind {self.kind} needs {', '.join(missing)}")
        if self.kind != "holidays" and not self.available_on_field and self.published_after_days is None:
            raise ValueError("say when a value can be known: available_on_field, or published_after_days")
        parts = urlsplit(self.url)
        local = parts.hostname in {"127.0.0.1", "localhost", "::1"}
        if self.url and not (parts.scheme == "https" or (parts.scheme == "http" and local)):
            raise ValueError("url must start with https:// (http only on loopback)")
        return self


class SignalsReader:
    """Serves the table `signals` of all sources for one system; implements `ErpReader`."""

    def __init__(self, sources: tuple[SignalSettings, ...], system: str, clock: Clock) -> None:
        self._sources = tuple(each for each in sources if not each.systems or system in each.systems)
        self._system, self._clock = system, clock

    @property
    def system(self) -> str:
        """Name of the system whose snapshot the signals enter."""
        return self._system

    @property
    def tables(self) -> frozenset[str]:
        """The one table, where there is a source for it."""
        return frozenset({"signals"} if self._sources else ())

    def pull(self, table: str, since: date | None = None) -> Iterator[pd.DataFrame]:
        """Yield one frame per source; one that fails is logged and left out, unless it is required."""
        for source in self._sources if table in self.tables else ():
            try:
                rows = read(source, self._clock, since)
            except RestockError as error:
                if source.required:
                    raise
                _LOG.warning("signal %s is left out: %s", source.name, error)
                continue
            if rows:
                yield pd.DataFrame(rows, columns=list(COLUMNS), dtype="str")


def read(source: SignalSettings, clock: Clock, since: date | None = None) -> list[Row]:
    """All rows of one source whole; raises Retryable, NeedsAdmin or DataInvalid."""
    today = clock.today(source.timezone)
    first = since or today - timedelta(days=source.history_days)
    last = today + timedelta(days=source.ahead_days)
    if source.kind == "holidays":
        return [{**_blank(source), **row} for row in holiday_rows(source.locations, first, last)]
    found = _csv(source) if source.kind == "csv" else _rest(source, clock, first, last)
    rows = [_row(source, record) for record in found]
    return [row for row in rows if not row["date"] or first.isoformat() <= row["date"] <= last.isoformat()]


def _blank(source: SignalSettings) -> Row:
    whom: Row = {"item": source.item, "location": source.location, "category": source.category}
    return {"name": source.name, **{name: value or None for name, value in whom.items()}}


def _row(source: SignalSettings, record: Mapping[str, Any]) -> Row:
    """One row of the table; cells that cannot be read stay as text, so that they are set aside with a reason."""
    row = _blank(source)
    fields = {"item": source.item_field, "location": source.location_field, "category": source.category_field}
    row |= {name: _text(_at(record, field)) for name, field in fields.items() if field}
    row["date"] = _day(_text(_at(record, source.date_field)))
    row["value"] = _text(_at(record, source.value_field))
    if source.available_on_field:
        row["available_on"] = _day(_text(_at(record, source.available_on_field)))
    else:
        row["available_on"] = _later(row["date"], source.published_after_days or 0)
    return row


def _later(day: str | None, days: int) -> str | None:
    try:
        return (date.fromisoformat(day or "") + timedelta(days=days)).isoformat()
    except (ValueError, OverflowError):
        return day


def _day(text: str | None) -> str | None:
    """The day of a timestamp as the source writes it; anything else as it is."""
    return text[:10] if text and len(text) > 10 and text[10] in "T " else text


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, dict | list):
        return None
    return {True: "1", False: "0"}.get(value) if isinstance(value, bool) else str(value)


def _at(record: Any, path: str) -> Any:
    """Value at a dotted path of objects; None where it leads nowhere."""
    for name in path.split(".") if path else ():
        record = record.get(name) if isinstance(record, dict) else None
    return record


def _csv(source: SignalSettings) -> list[dict[str, Any]]:
    try:
        frame = pd.read_csv(source.path, dtype="str", keep_default_na=False, encoding="utf-8-sig")  # type: ignore[arg-type]
    except (OSError, ValueError) as error:
        remedy = "write UTF-8 with a header row, commas between cells and a point in numbers"
        raise _invalid(source, str(source.path), f"cannot be read: {error}", remedy) from error
    used = [source.date_field, source.value_field, source.available_on_field,
            source.item_field, source.location_field, source.category_field]  # fmt: skip
    absent = [name for name in used if name and name not in frame]
    if absent:
        remedy = f"add the column, or name another in restock.toml; the file has {', '.join(map(str, frame.columns))}"
        raise _invalid(source, str(source.path), f"has no column {', '.join(absent)}", remedy)
    return [{str(k): v or None for k, v in row.items()} for row in frame.to_dict("records")]


def _rest(source: SignalSettings, clock: Clock, first: date, last: date) -> Iterator[dict[str, Any]]:
    """Rows of every page; NeedsAdmin when the answer is not built as the settings say."""
    words = {"from": first.isoformat(), "to": last.isoformat()}
    query: dict[str, str | int] = {key: _filled(value, words) for key, value in source.query.items()}
    session = _session(source, clock)
    if source.token_parameter:
        query[source.token_parameter] = source.token.get_secret_value()
    link, seen = _filled(source.url, words), set[str]()
    while link:
        seen.add(link)
        body = _json(source, session, link, {} if len(seen) > 1 else query)
        yield from _records(source, body)
        following = _at(body, source.next) if source.next else None
        link = session.url(str(following)) if following else ""
        if link in seen or len(seen) > _MOST_PAGES:
            raise _odd(source, "its pages never end", "correct `next`: the path to the address of the next page")


def _session(source: SignalSettings, clock: Clock) -> HttpSession:
    parts = urlsplit(source.url)
    token, auth = source.token.get_secret_value(), no_auth()
    if source.user:
        auth = basic_auth(source.user, source.password.get_secret_value())
    elif token and not source.token_parameter:
        auth = bearer_auth(lambda: token)
    limits = Limits(read=30.0, call=60.0, total=180.0, attempts=3, body=64 << 20)
    session = HttpSession(f"{parts.scheme}://{parts.netloc}", clock, auth, limits, verify=source.ca_bundle or True)
    session.redact.add(token)
    return session


def _filled(text: str, words: Mapping[str, str]) -> str:
    for name, value in words.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _json(source: SignalSettings, session: HttpSession, link: str, query: Mapping[str, str | int]) -> Any:
    answer = session.get(link, query, headers={"Accept": "application/json"})
    try:
        return json.loads(answer.body, parse_float=str, parse_int=str)
    except ValueError:
        raise _odd(source, "the answer is no JSON", "correct `url` and `query`") from None


def _records(source: SignalSettings, body: Any) -> list[dict[str, Any]]:
    found = _at(body, source.rows)
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        raise _odd(source, f"there is no list of objects at {source.rows or 'the top'!r}", "correct `rows`")
    return found


def _odd(source: SignalSettings, what: str, remedy: str) -> NeedsAdmin:
    return NeedsAdmin(what, f"restock.toml, signals.{source.name}", remedy)


def _invalid(source: SignalSettings, path: str, message: str, remedy: str) -> DataInvalid:
    return DataInvalid((Finding(path, 1, 1, "E330", f"signal {source.name}: {message}", remedy),))
