"""Words that other programs and older files use for our keys, and keys that were given up, with what to write instead.

It accepts none of them; it words the answer.
"""

from collections.abc import Iterable

from bot.policy.nodes import did_you_mean

_OTHER_WORDS = {
    "plant": "location",
    "plants": "locations",
    "site": "location",
    "warehouse": "location",
    "material": "item",
    "product": "item",
    "sku": "item",
    "vendor": "supplier",
    "vendors": "suppliers",
}
_COVER = "write cover_max_days under limits: it caps how long stock may last; the order-up-to level is computed"
_SERVICE = "write service_level_pct (or fill_rate_pct, shortage_cost): the safety stock follows from it"


def replacement(key: str) -> str:
    """What stands in for a key that was given up; empty when the key never was one."""
    if key.startswith("order_up_to"):
        return _COVER
    return _SERVICE if key.startswith("safety_stock") else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """A question that names the known word which is probably meant, or nothing."""
    known = list(known)
    ours = _OTHER_WORDS.get(word)
    return f'did you mean "{ours}"?' if ours in known else did_you_mean(word, known)
