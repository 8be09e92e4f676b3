"""Reading policy folders: what belongs to them and what is refused."""

from pathlib import Path

import pytest

from bot.errors import InputInvalid
from bot.store import policy_files
from bot.store.policy_files import PolicyFolder


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_y", ".y").replace("_c", ".c")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_texts_by_relative_path_without_foreign_files(tmp_path: Path) -> None:
    write(
        tmp_path, policy_yaml="a", items__x_csv="b", plants__y_yml="c", demo__policy_yaml="d", demo__items__z_yaml="e"
    )
    write(tmp_path, **{".git__x_yaml": "f"})
    (tmp_path / "README.md").write_text("x")
    (tmp_path / ".hidden.yaml").write_text("x")
    assert PolicyFolder(tmp_path).texts() == {"policy.yaml": "a", "items/x.csv": "b", "plants/y.yml": "c"}


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(InputInvalid, match="there is no such folder"):
        PolicyFolder(tmp_path / "nowhere").texts()


def test_all_unreadable_files_are_named(tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text("x")
    folder = write(tmp_path / "in", policy_yaml="a")
    (folder / "link.yaml").symlink_to(outside)
    (folder / "latin.yaml").write_bytes(b"owner: M\xfcller")
    (folder / "big.yaml").write_text("x" * (policy_files.MAX_BYTES + 1))
    (folder / "gone.yaml").symlink_to(folder / "nothing.yaml")
    with pytest.raises(InputInvalid) as caught:
        PolicyFolder(folder).texts()
    assert [(each.path, each.message.split(":")[0]) for each in caught.value.findings] == [
        ("big.yaml", "the file is too large"), ("gone.yaml", "not readable"),
        ("latin.yaml", "not UTF-8 at byte 8"), ("link.yaml", "the link leads out of the folder"),
    ]  # fmt: skip


def test_too_many_files(tmp_path: Path) -> None:
    for number in range(policy_files.MAX_FILES + 1):
        (tmp_path / f"{number}.yaml").touch()
    with pytest.raises(InputInvalid, match="more than 5000 files"):
        PolicyFolder(tmp_path).texts()
