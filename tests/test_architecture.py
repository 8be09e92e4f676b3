"""The house rules that tools cannot state elsewhere: library homes, size budget, mirror rule."""

import ast
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parent.parent
PURE = ("tables", "guards", "snapshot", "patterns", "forecast", "suppliers", "inventory", "policy", "orders")
HOMES = {
    "requests": ("connectors.http", "connectors.http_auth", "connectors.http_outcomes"),
    "tenacity": ("connectors.http",),
    "sktime": ("bot.forecast", "bot.patterns"),
    "sklearn": ("bot.forecast",),
    "sqlalchemy": ("bot.store", "bot.wiring.app"),
    "alembic": ("bot.store",),
    "apscheduler": ("bot.scheduler",),
    "flask": ("bot.web", "bot.cli.console_app"),
    "gunicorn": ("bot.cli.console",),
    "click": ("bot.cli",),
    "jinja2": ("bot.render",),
    "matplotlib": ("bot.render",),
    "yaml": ("bot.policy.parse",),
    "smtplib": ("bot.smtp",),
    "scipy": ("bot.forecast", "bot.inventory", "bot.suppliers"),
    "pyarrow": ("bot.store.files", "bot.store.mirror", "connectors.files", "connectors.oracle"),
    "pydantic": (
        "bot.settings", "bot.policy.model", "bot.policy.typed", "bot.policy.schema", "bot.wiring.app",
        "connectors.catalog_types", "connectors.checked", "connectors.files", "connectors.signals",
        "connectors.sap.settings", "connectors.sap.ecc_settings", "connectors.oracle.settings",
    ),
    "pyotp": ("bot.web.accounts",),
    "structlog": ("bot.telemetry",),
    "prometheus_client": ("bot.telemetry",),
    "rich": ("bot.wiring.progress",),
    "werkzeug": ("bot.web", "connectors.sandbox"),
    "aiosmtpd": ("bot.cli.demo_world",),
    "pandera": ("bot.tables.spec",),
    "holidays": ("connectors.signals_holidays",),
}  # fmt: skip


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("bot", "connectors", include_external_packages=True, cache_dir=None)


@pytest.mark.parametrize("library", HOMES)
def test_library_is_imported_in_its_home_only(graph: grimp.ImportGraph, library: str) -> None:
    if library not in graph.modules:
        pytest.skip(f"{library} is not imported yet")
    importers = graph.find_modules_that_directly_import(library)
    strays = [m for m in importers if not any(m == home or m.startswith(home + ".") for home in HOMES[library])]
    assert not strays, f"{library} belongs to {', '.join(HOMES[library])}"


def modules() -> list[Path]:
    found = [*(ROOT / "bot").rglob("*.py"), *(ROOT / "connectors").rglob("*.py")]
    return [path for path in found if "versions" not in path.parts]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_module_fits_the_budget(path: Path) -> None:
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    lines = len(text.splitlines())
    assert lines <= 400, f"{lines} lines: split it along a noun"
    assert ast.get_docstring(tree), "a module opens with what it is for and what it does not do"
    long = [
        f"{node.name} ({node.end_lineno - node.lineno + 1})"
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and (node.end_lineno or 0) - node.lineno + 1 > 60
    ]
    assert not long, f"functions over 60 lines: {', '.join(long)}"


@pytest.mark.parametrize("package", PURE)
def test_every_pure_module_has_a_test_of_its_name(package: str) -> None:
    wanted = [p for p in (ROOT / "bot" / package).glob("*.py") if p.name != "__init__.py"]
    missing = [p.stem for p in wanted if not (ROOT / "tests" / "bot" / package / f"test_{p.stem}.py").is_file()]
    assert not missing, f"no test for {', '.join(missing)}"


def test_top_level_holds_nothing_else() -> None:
    known = {
        "bot", "connectors", "policies", "templates", "tests", "ops", "docs", "benchmarks", "pyproject.toml",
        "Makefile",
        "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", ".gitignore", ".importlinter", ".ci", ".git", "var",
    }  # fmt: skip
    tools = {
        ".venv", ".venv-benchmark", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache",
        ".hypothesis", ".coverage",
    }  # fmt: skip
    strays = {p.name for p in ROOT.iterdir() if p.name not in known | tools and not p.name.startswith(".coverage")}
    assert not strays


def test_makefile_has_at_most_twelve_targets() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    phony = next(line for line in text.splitlines() if line.startswith(".PHONY:"))
    assert len(phony.split()[1:]) <= 12


def test_locks_name_no_index_and_no_host() -> None:
    for path in (ROOT / "ops" / "requirements").glob("*.txt"):
        text = path.read_text("utf-8")
        assert "http" not in text
        assert "--hash=sha256:" in text


def test_import_contracts_ignore_nothing() -> None:
    assert "ignore_imports" not in (ROOT / ".importlinter").read_text("utf-8")
