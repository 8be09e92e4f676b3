"""What is stored comes back unchanged or not at all."""

from pathlib import Path

import pandas as pd
import pytest

from bot.errors import NeedsAdmin
from bot.store.files import ParquetFiles


def make_frames() -> dict[str, pd.DataFrame]:
    stock = pd.DataFrame({"item": ["007", "8"], "on_hand": [1.5, float("nan")]})
    stock["item"] = stock["item"].astype("category")
    days = pd.DataFrame({"day": pd.to_datetime(["2026-03-02", None]).astype("datetime64[s]")})
    return {"stock": stock, "days": days, "empty": days.iloc[:0]}


def test_frames_and_meta_come_back(tmp_path: Path) -> None:
    files = ParquetFiles(tmp_path)
    name = files.put_frames("snapshot", make_frames(), {"as_of": "2026-03-02", "rows": 2})
    assert files.meta("snapshot", name) == {"as_of": "2026-03-02", "rows": 2}
    back = files.frames("snapshot", name)
    assert sorted(back) == ["days", "empty", "stock"]
    for key, frame in make_frames().items():
        pd.testing.assert_frame_equal(back[key], frame)
    assert list(back["stock"]["item"].cat.categories) == ["007", "8"]


def test_the_same_content_has_the_same_id_and_other_content_another(tmp_path: Path) -> None:
    files = ParquetFiles(tmp_path)
    first = files.put_frames("plan", make_frames(), {"seed": 1})
    assert files.put_frames("plan", make_frames(), {"seed": 1}) == first
    assert files.put_frames("plan", make_frames(), {"seed": 2}) != first
    assert len(files.ids("plan")) == 2
    assert not list((tmp_path / "plan").glob(".draft-*"))


def test_damage_is_refused(tmp_path: Path) -> None:
    files = ParquetFiles(tmp_path)
    name = files.put_frames("plan", make_frames(), {})
    part = tmp_path / "plan" / name / "stock.parquet"
    part.write_bytes(part.read_bytes()[:-1] + b"x")
    with pytest.raises(NeedsAdmin, match="hash"):
        files.frames("plan", name)
    manifest = tmp_path / "plan" / name / "manifest.json"
    manifest.write_text(manifest.read_text().replace("plan", "plot"))
    with pytest.raises(NeedsAdmin, match="hash"):
        files.meta("plan", name)
    with pytest.raises(NeedsAdmin, match="no such content"):
        files.meta("plan", "0" * 64)


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    files = ParquetFiles(tmp_path)
    with pytest.raises(TypeError):
        files.put_frames("plan", make_frames(), {"not json": object()})
    assert list((tmp_path / "plan").iterdir()) == []


@pytest.mark.parametrize("bad", ["../x", "/etc", "A", "", "a/b"])
def test_names_cannot_leave_the_folder(tmp_path: Path, bad: str) -> None:
    files = ParquetFiles(tmp_path)
    with pytest.raises(ValueError, match="not a "):
        files.put_frames(bad, {}, {})
    with pytest.raises(ValueError, match="not a "):
        files.frames("plan", bad)
