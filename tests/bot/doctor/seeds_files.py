"""Misconfigurations of folders of tables and of outside values."""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.bot.doctor.lab import NOW, Lab
from tests.bot.doctor.seeds import Seed, later


def data(lab: Lab, action: Callable[[], object]) -> None:
    lab.files()
    later(lab, action)


def aged(lab: Lab) -> None:
    past = (NOW - timedelta(days=9)).timestamp()
    data(lab, lambda: os.utime(lab.folder / "data" / "stock.csv", (past, past)))


def write(lab: Lab, name: str, text: str) -> None:
    data(lab, lambda: (lab.folder / "data" / name).write_text(text, "utf-8"))


def files(lab: Lab, **keys: Any) -> None:
    lab.files().update(keys)


RAIN = {"kind": "csv", "path": "rain.csv", "published_after_days": 1}
FILES = (
    Seed("folder missing", "folder-missing", "folder", lambda x: files(x, folder="nowhere")),
    Seed("table missing", "table-absent", "stock.csv", lambda x: data(x, (x.folder / "data" / "stock.csv").unlink)),
    Seed("table twice", "table-broken", "remove", lambda x: write(x, "items.parquet", "x")),
    Seed("table is no CSV", "table-broken", "UTF-8",
         lambda x: data(x, lambda: (x.folder / "data" / "items.csv").write_bytes(b"item,unit\n\xff\xfe,EA\n"))),
    Seed("table without rows", "table-empty", "rows", lambda x: write(x, "stock.csv", "item,location,on_hand\n")),
    Seed("stock nine days old", "table-old", "job that sends it", aged),
    Seed("delivery without manifest", "delivery-refused", "seal", lambda x: files(x, manifest="required")),
    Seed("orders folder below a file", "orders-folder-readonly", "orders_folder",
         lambda x: files(x, orders_folder="data/items.csv/orders")),
    Seed("a signal that cannot be read", "signal-unreadable", "required",
         lambda x: (x.files(), x.tree.update(signals={"rain": RAIN}))),
)  # fmt: skip
