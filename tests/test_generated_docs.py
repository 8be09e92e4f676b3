"""Pages that are made from code hold what the code says now; `make docs` writes them."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
NAMES = (
    "docs/tables.md", "docs/policies.md", "docs/settings.md", "docs/architecture.md", "docs/planning.md",
    "docs/connect-oracle.md", "docs/connect-sap.md", "docs/connectors.md", "docs/doctor.md", "policies/schema.json",
)  # fmt: skip


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generated_docs", ROOT / "ops" / "generated_docs.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_page_is_compared(script: ModuleType) -> None:
    assert set(script.PAGES) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_page_is_up_to_date(script: ModuleType, name: str) -> None:
    assert (ROOT / name).read_text("utf-8") == script.made(name), "run `make docs`"


def test_only_what_stands_between_the_marks_is_replaced(script: ModuleType) -> None:
    text = "before\n<!-- made from code: x -->\nold\n<!-- end of x -->\nafter\n"
    assert script.between_marks(text, "x", "new") == text.replace("old", "new")
    with pytest.raises(ValueError, match="marks of y"):
        script.between_marks(text, "y", "new")


def test_a_table_is_replaced_by_its_head(script: ModuleType) -> None:
    text = "a\n\n| h |\n|---|\n| old |\n| older |\n\nb\n"
    assert script.with_table(text, "| h |\n|---|\n| new |") == "a\n\n| h |\n|---|\n| new |\n\nb\n"
    with pytest.raises(ValueError, match="0 tables"):
        script.with_table(text, "| g |\n|---|\n| new |")
