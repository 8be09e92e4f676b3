"""A real Chromium for the tests of pages: where it is, how it starts, how a button is pressed and waited for.

It knows no page; what is looked for on one stands in the tests.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]  # fmt: skip


@contextmanager
def chromium() -> Iterator[Any]:
    """A started browser; skips where there is none, fails where continuous integration has none."""
    if not CHROMIUM.exists():
        reason = f"{CHROMIUM} is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield started
        started.close()


def press(page: Any, name: str) -> None:
    """Press the button and wait for the page that it leads to: reloading before that fails now and then."""
    with page.expect_navigation():
        page.get_by_role("button", name=name).click()
