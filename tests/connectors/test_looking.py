"""Names that a person may have meant are shown in order, and not by the hundred."""

import pytest

from connectors.looking import few


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ([], "none"),
        (["", "B", "A", "B"], "A, B"),
        ([f"{n:02}" for n in range(10)], "00, 01, 02, 03, 04, 05, 06, 07, 08, 09"),
        ([f"{n:02}" for n in range(12)], "00, 01, 02, 03, 04, 05, 06, 07, 08, 09 and 2 more"),
    ],
)
def test_some_names(names: list[str], shown: str) -> None:
    assert few(names) == shown
