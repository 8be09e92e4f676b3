"""Colours of the console in light and dark: every text that is used on a ground can be read on it (WCAG AA)."""

import re

import pytest

from bot.render.templates import render

PAIRS = [
    (text, ground)
    for ground in ("paper", "card")
    for text in ("ink", "soft", "accent", "bad")
] + [("on-accent", "accent"), ("ink", "warn-wash"), ("warn", "warn-wash"), ("ink", "bad-wash"), ("bad", "bad-wash"),
     ("ink", "accent-wash"), ("accent", "accent-wash"), ("ink", "wash")]  # fmt: skip


def palettes() -> dict[str, dict[str, str]]:
    light, dark = re.findall(r":root \{(.*?)\}", render("web/console.css", {}), re.DOTALL)
    found = {name: dict(re.findall(r"--([\w-]+): (#\w{6})", text)) for name, text in (("light", light), ("dark", dark))}
    return {"light": found["light"], "dark": {**found["light"], **found["dark"]}}


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("palette", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read(palette: str, text: str, ground: str) -> None:
    colours = palettes()[palette]
    one, other = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
    assert (one + 0.05) / (other + 0.05) >= 4.5
