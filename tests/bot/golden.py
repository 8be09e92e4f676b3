"""Compares a text with the one that was looked at and kept; RESTOCK_GOLDEN=write keeps the present one."""

import os
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "golden"


def same_as_kept(name: str, text: str) -> None:
    """Fail when the text differs from `tests/golden/<name>`."""
    kept = FOLDER / name
    if os.environ.get("RESTOCK_GOLDEN") == "write":
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(text, encoding="utf-8")
    assert text == kept.read_text(encoding="utf-8"), f"{name} changed: look at it, then run with RESTOCK_GOLDEN=write"
