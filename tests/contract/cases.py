"""`case` gives a test its number, its title, one run per route, and the reasons where a route has none."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.contract.routes import NAMES, ROUTES

NO_HTTP = "no HTTP: a library is called"
WIRELESS = {
    "ECC": NO_HTTP,
    "Fusion file": "writes take no wire: a folder",
    "files": "no wire: a folder",
    "simulated": "no wire: memory",
}

SAME_READS = dict.fromkeys(("Fusion req.", "Fusion file"), "reads what Fusion reads, by the same reader")
RARE = frozenset(route.name for route in ROUTES if not route.often)

# these run with every change; the others, which cost a minute, with `make contracts`
CORE = frozenset({"C03", "C11", "C20", "C22", "C24", "C25", "C28"})


def case(number: str, title: str, na: Mapping[str, str] | None = None) -> Callable[[Any], Any]:
    """Mark a test as case `number`, run over every route; `na` says why a route has no meaning for it."""
    reasons = dict(na or {})
    params = [
        pytest.param(
            name,
            marks=[
                *([pytest.mark.skip(reason=f"n/a: {reasons[name]}")] if name in reasons else []),
                *([pytest.mark.contracts] if name in RARE else []),
            ],
            id=name.replace("/", "").replace(" ", "-"),
        )
        for name in NAMES
    ]

    def mark(test: Any) -> Any:
        marked = pytest.mark.case(number, title)(pytest.mark.parametrize("route_name", params)(test))
        return marked if number in CORE else pytest.mark.contracts(marked)

    return mark


def read_case(number: str, title: str, na: Mapping[str, str] | None = None) -> Callable[[Any], Any]:
    """A case of reading, which routes that only write otherwise need not repeat."""
    return case(number, title, {**SAME_READS, **(na or {})})
