"""A row explains itself: what won, what it beat, what did not apply, what comes."""

from datetime import date

from bot.policy.explanation import Beaten, explain
from bot.policy.words import Merge
from tests.bot.policy.test_resolve import resolved


def test_explaining_a_row_shows_what_was_beaten_what_did_not_apply_and_what_comes() -> None:
    reason = explain(resolved(), 0)
    keys = {key.key: key for key in reason.keys}
    assert keys["lead_time_buffer_days"].merge is Merge.MAX
    assert (keys["lead_time_buffer_days"].value, keys["lead_time_buffer_days"].rule_id) == ("21", "chips")
    assert set(keys["service_level_pct"].beat) == {
        Beaten("97", "acme", "priority"), Beaten("95", "defaults", "layer"),
    }  # fmt: skip
    assert keys["auto_order_value_max"].beat == (Beaten("2000 EUR", "defaults", "less strict"),)
    assert keys["objective"].value == "cycle_service"
    assert "order_value_max" not in keys
    assert dict(reason.not_applied)["fasteners"] == "category is not fasteners/**"
    assert dict(reason.upcoming) == {"stocktake": date(2026, 12, 28), "audit": date(2026, 12, 28)}
    assert explain(resolved(on=date(2026, 12, 29)), 0).freeze == "stocktake"
    assert dict(explain(resolved(on=date(2026, 9, 1)), 0).not_applied)["chips"] == "not on this day"
