"""Pulls every table that a system serves and builds the day's snapshot from it.

It stores the snapshot and marks lines of own orders that the extract shows; it judges nothing beyond what
`snapshot` says.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date

import pandas as pd

from bot.errors import Retryable
from bot.jobs.lanes import Counted, StoppablePages, each_table
from bot.ports import App, ErpReader
from bot.ports_reading import Mirror, Mirroring, Pages, Parallel, Resumable
from bot.snapshot.dataset import Snapshot, build

SNAPSHOT = "snapshot"  # kind of the stored files


def take(
    app: App,
    system: str,
    as_of: date,
    before: Mapping[str, int] | None = None,
    told_to_end: Callable[[], bool] = lambda: False,
) -> tuple[Snapshot, str]:
    """Pull, check and store one system's snapshot; returns it and the id of its files.

    Raises what the connector raises, and DataInvalid. Once `told_to_end` holds, reading ends at the next page with
    Retryable.
    """
    mirror = app.files.mirror(system)
    raw = read(app, app.readers[system], mirror, told_to_end)
    app.progress.step(f"{system}: checking")
    snapshot = build(raw, system=system, as_of=as_of, currency=app.planning.currency, before=before)
    snapshot = _told(snapshot, mirror.findings)
    app.orders.see(system, *_seen(snapshot))
    frames = {**snapshot.tables, "quarantine": snapshot.quarantine}
    meta = {
        "system": system,
        "as_of": as_of.isoformat(),
        "received": dict(snapshot.received),
        "grade": snapshot.health.grade.value,
        "findings": list(snapshot.health.findings),
        "snapshot_id": snapshot.snapshot_id,
    }
    return snapshot, app.files.put_frames(SNAPSHOT, frames, meta)


def _told(snapshot: Snapshot, findings: Sequence[str]) -> Snapshot:
    """The snapshot with what the reading found; it changes no figure, hence neither grade nor id."""
    health = replace(snapshot.health, findings=(*snapshot.health.findings, *(f"note: {text}" for text in findings)))
    return replace(snapshot, health=health)


def read(
    app: App, reader: ErpReader, mirror: Mirror | None = None, told_to_end: Callable[[], bool] = lambda: False
) -> dict[str, pd.DataFrame]:
    """All tables of a reader as raw frames; what a killed run has read within the last hour is not read again.

    Settled documents come from `mirror`, where the reader can.
    """
    pages = StoppablePages(app.files.pages(reader.system, app.clock.now()), told_to_end)
    _lend(reader, pages, mirror)
    try:
        raw = _tables(app, reader, pages)
    except Retryable:
        raise
    except Exception:
        pages.clear()  # pages that lead to an error would lead there again
        raise
    finally:
        _lend(reader, None, None)
    pages.clear()
    return raw


def _lend(reader: ErpReader, pages: Pages | None, mirror: Mirror | None) -> None:
    if isinstance(reader, Resumable):
        reader.resume(pages)
    if isinstance(reader, Mirroring):
        reader.mirror(mirror)


def _tables(app: App, reader: ErpReader, pages: StoppablePages) -> dict[str, pd.DataFrame]:
    """Tables by name in their order, however many threads read them."""
    names = sorted(reader.tables)
    counted = Counted(app.progress, len(names))

    def pulled(table: str) -> list[pd.DataFrame]:
        with counted.table(f"{reader.system}: reading {table}"):
            return [frame for frame in reader.pull(table) if len(frame) or len(frame.columns)]

    parallel = reader if isinstance(reader, Parallel) else None
    lanes = parallel.lanes if parallel else [names]
    found = each_table(lanes, parallel.threads if parallel else 1, pulled, pages)
    return {table: joined(found[table]) for table in names if found[table]}


def joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """One frame out of the parts of a table; torn rows of CSV parts stay listed in `attrs`."""
    if len(frames) == 1:
        return frames[0]
    malformed = [entry for frame in frames for entry in frame.attrs.get("malformed", ())]
    whole = pd.concat([frame.astype("object") for frame in frames], ignore_index=True)
    whole.attrs["malformed"] = malformed
    return whole


def _seen(snapshot: Snapshot) -> tuple[list[str], list[str], pd.DataFrame]:
    """Order keys, ERP numbers and lines that the extract shows, in open orders or receipts."""
    names = ["order_ref", "order_key", "item", "location"]
    parts = [snapshot[table][names].astype("object") for table in ("open_orders", "receipts")]
    lines = pd.concat(parts, ignore_index=True).drop_duplicates()
    # a line that was made of several orders bears all their keys
    lines = lines.assign(order_key=lines["order_key"].str.split(" ")).explode("order_key")
    keys, numbers = (sorted(set(lines[name].dropna().astype("str"))) for name in ("order_key", "order_ref"))
    return keys, numbers, lines
