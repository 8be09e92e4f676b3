"""Prints, after the tests, the conformance table and the sums of fault campaigns; also where workers ran them."""

from collections.abc import Iterator
from typing import Any

import pytest

Told = dict[tuple[str, str], dict[str, str]]
MARKS = {"passed": "pass", "failed": "FAIL", "error": "FAIL"}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Carry number, title and route of a case in its report, which also a worker hands over."""
    result: Any = yield
    marker = item.get_closest_marker("case")
    if marker is not None:
        report = result.get_result()
        report.user_properties.append(("case", [*marker.args, item.callspec.params["route_name"]]))  # type: ignore[attr-defined]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The table: one row per case, one column per route."""
    told: Told = {}
    for kind in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(kind, []):
            for name, value in getattr(report, "user_properties", []):
                if name == "case":
                    number, title, route = value
                    told.setdefault((number, title), {})[route] = MARKS.get(kind) or _reason(report)
    campaigns(terminalreporter)
    if told:
        terminalreporter.section("conformance: cases x routes")
        terminalreporter.write_line(table(told))


def campaigns(terminalreporter: Any) -> None:
    """What all waves of a route come to."""
    sums: dict[str, dict[str, Any]] = {}
    for kind in ("passed", "failed"):
        for report in terminalreporter.stats.get(kind, []):
            for name, value in getattr(report, "user_properties", []):
                if name == "campaign":
                    _add(sums.setdefault(value[0], {}), value[1])
    if sums:
        terminalreporter.section("orders under faults, judged by the ERP's own books")
    for route, figures in sorted(sums.items()):
        plain = ", ".join(f"{name} {count}" for name, count in figures.items() if isinstance(count, int))
        terminalreporter.write_line(f"{route}: {plain}")
        for name in ("faults", "outcomes", "ends"):
            told = ", ".join(f"{what} {count}" for what, count in sorted(figures[name].items()))
            terminalreporter.write_line(f"  {name:9} {told}")


def _add(total: dict[str, Any], more: dict[str, Any]) -> None:
    for name, value in more.items():
        if isinstance(value, dict):
            _add(total.setdefault(name, {}), value)
        else:
            total[name] = total.get(name, 0) + value


def _reason(report: Any) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def table(told: Told) -> str:
    """Cases as rows, routes as columns, the reasons of every n/a below."""
    from tests.contract.routes import NAMES

    width, wide = max(len(title) for _, title in told), max(9, *map(len, NAMES))
    head = f"{'':4} {'':{width}} " + " ".join(f"{name:{wide}}" for name in NAMES)
    lines, notes = [head], []
    for (number, title), routes in sorted(told.items()):
        cells = []
        for name in NAMES:
            found = routes.get(name, "-")
            if found.startswith("n/a"):
                notes.append(f"{number} {name}: {found}")
                found = "n/a"
            cells.append(f"{found:{wide}}")
        lines.append(f"{number:4} {title:{width}} {' '.join(cells)}".rstrip())
    return "\n".join([*lines, "", *notes])
