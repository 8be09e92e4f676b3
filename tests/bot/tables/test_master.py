"""Master data: silence of the ERP is no veto, and only active items are ordered."""

from bot.tables import master


def test_silence_is_no_veto_and_no_block() -> None:
    assert master.ITEM_LOCATIONS["auto_order"].default == "true"
    assert master.SUPPLIERS["auto_order"].default == "true"
    assert master.SUPPLIERS["blocked"].default == "false"


def test_status_defaults_to_active() -> None:
    assert master.ITEMS["status"].default == master.ITEMS["status"].choices[0] == "active"


def test_a_conversion_without_factor_is_none() -> None:
    assert master.UNITS["base_units"].above == 0.0
    assert not master.UNITS["base_units"].blank
