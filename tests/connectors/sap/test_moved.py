"""One sum of movements for both SAP routes, equal to adding them up one by one."""

from decimal import Decimal

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from connectors.sap.moved import MOVEMENT_KINDS, kinds_of, leaving, per_day
from connectors.sap.values import plain

OPPOSITE = {"issue": "return", "sale": "return", "transfer": "return", "return": "issue"}
COLUMNS = ["item", "location", "date", "kind", "quantity"]
quantities = st.one_of(
    st.integers(0, 10**12).map(lambda n: f"{Decimal(n) / 1000:.3f}"),
    st.sampled_from(["-3.000", "12,5", "*****", "inf"]),
)
moves = st.lists(
    st.tuples(
        st.sampled_from("ab"), st.sampled_from(["1010", "1020"]), st.sampled_from(["2026-02-10", "2026-02-11"]),
        st.sampled_from(["sale", "-sale", "issue", "-issue", "return", "-return", "transfer"]), quantities,
    ),
    max_size=40,
)  # fmt: skip


def one_by_one(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The same figures without columns."""
    sums: dict[tuple[str, ...], Decimal] = {}
    odd = []
    for item, place, day, kind, text in rows:
        name = kind.removeprefix("-")
        try:
            quantity = Decimal(text)
            good = quantity.is_finite() and quantity >= 0
        except ArithmeticError:
            good = False
        if not good:
            odd.append((item, place, day, name, text))
            continue
        key = (item, place, day, name)
        sums[key] = sums.get(key, Decimal(0)) + (quantity if kind == name else -quantity)
    netted = [
        (*key[:3], key[3] if total > 0 else OPPOSITE[key[3]], plain(abs(total))) for key, total in sums.items() if total
    ]
    return netted + odd


@given(moves)
def test_columns_give_what_adding_one_by_one_gives(rows: list[tuple[str, ...]]) -> None:
    found = per_day(pd.DataFrame(rows, columns=COLUMNS, dtype="str"))
    assert list(found[COLUMNS].itertuples(index=False, name=None)) == one_by_one(rows)


def test_own_words_come_first_and_ignored_ones_go() -> None:
    found = kinds_of({"601": "ignore", "Z01": "sale"})
    assert "601" not in found
    assert found["Z01"] == "sale"
    assert found["602"] == MOVEMENT_KINDS["602"] == "-sale"


def test_of_a_transfer_the_giving_side_counts_whoever_says_it() -> None:
    kind = pd.Series(["transfer", "transfer", "-transfer", "-transfer", "transfer", "sale"], dtype="str")
    side = pd.Series(["H", "S", "S", "H", "", "S"], dtype="str")
    inside = pd.Series([False, False, False, False, True, True])
    assert leaving(kind, side, inside=inside).tolist() == [True, False, True, False, False, True]
