"""Fixtures of the conformance suite, and the properties that its table is printed from."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.contract.routes import route
from tests.contract.struck import Struck, struck


@pytest.fixture
def begin(route_name: str, tmp_path: Path) -> Iterator[Callable[..., Struck]]:
    """Starts the route: `begin(page=5)`, `begin(tamper=...)`."""
    with ExitStack() as stack:

        def start(tamper: Any = None, **named: Any) -> Struck:
            return stack.enter_context(struck(route(route_name), tmp_path, tamper, named))

        yield start


@pytest.fixture
def there(begin: Callable[..., Struck]) -> Struck:
    """The route as it comes."""
    return begin()
