"""First promises that follow-up saw fill the gaps of an ERP that keeps only the newest, and nothing else."""

import pandas as pd
import pytest

from bot.suppliers.lines import outcomes
from bot.suppliers.promises import with_first_promises
from bot.suppliers.score import score_suppliers
from tests.bot.suppliers.frames import AS_OF, open_line, receipt, typed


def seen(ref: str, first: str, *, key: str = "", item: str = "bolt", location: str = "L1") -> dict[str, object]:
    return {"order_ref": ref, "order_key": key, "item": item, "location": location, "first_promised_on": first}


def promises(*rows: dict[str, object]) -> pd.DataFrame:
    names = ["order_ref", "order_key", "item", "location", "first_promised_on"]
    types = {"first_promised_on": "datetime64[s]", **dict.fromkeys(names[:4], "str")}
    return pd.DataFrame(rows, columns=names).astype(types)


def firsts(table: pd.DataFrame) -> list[str]:
    return table["first_promised_on"].dt.strftime("%Y-%m-%d").fillna("").tolist()


def test_a_line_is_found_by_number_else_by_key_with_its_item_and_location() -> None:
    table = typed(
        "receipts",
        receipt("1", "2026-01-01", "2026-02-20", "2026-02-20"),
        receipt("2", "2026-01-01", "2026-02-20", "2026-02-20", order_key="K2"),
        receipt("3", "2026-01-01", "2026-02-20", "2026-02-20"),
        receipt("1", "2026-01-01", "2026-02-20", "2026-02-20", item="nut"),
        receipt("1", "2026-01-01", "2026-02-20", "2026-02-20", location="L2"),
    )
    known = promises(seen("1", "2026-02-01"), seen("", "2026-02-02", key="K2"), seen("9", "2026-02-03"))
    filled = with_first_promises(table, known)
    assert firsts(filled) == ["2026-02-01", "2026-02-02", "", "", ""]
    assert filled["first_promised_on"].dtype == table["first_promised_on"].dtype


def test_what_the_erp_keeps_is_not_replaced_and_the_earliest_of_ours_counts() -> None:
    table = typed(
        "open_orders",
        open_line("1", "2026-01-01", "2026-02-20", first_promised_on="2026-02-10"),
        open_line("2", "2026-01-01", "2026-02-20"),
    )
    known = promises(seen("1", "2026-02-01"), seen("2", "2026-02-05"), seen("2", "2026-02-04"))
    assert firsts(with_first_promises(table, known)) == ["2026-02-10", "2026-02-04"]


@pytest.mark.parametrize("table", [typed("receipts"), typed("receipts", receipt("1", "2026-01-01", None, None))])
def test_nothing_known_changes_nothing(table: pd.DataFrame) -> None:
    for known in (promises(), pd.DataFrame(), promises(seen("", "2026-02-01"))):
        pd.testing.assert_frame_equal(with_first_promises(table, known), table)


def test_a_promise_that_was_put_off_no_longer_counts_as_kept() -> None:
    table = typed("receipts", receipt("1", "2026-01-01", "2026-02-20", "2026-02-20"))
    suppliers = pd.Index(["acme"])
    told = [
        score_suppliers(outcomes(each, typed("open_orders"), AS_OF), suppliers, AS_OF).loc["acme", "late_share"]
        for each in (table, with_first_promises(table, promises(seen("1", "2026-02-01"))))
    ]
    assert told == [0.0, 1.0]
