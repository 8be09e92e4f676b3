"""Every seeded misconfiguration is found, with its code and the right advice; the list is printed (`pytest -s`)."""

import sys

import pytest

from tests.bot.doctor.conftest import MakeLab
from tests.bot.doctor.seeds import INSTALLATION, Seed
from tests.bot.doctor.seeds_files import FILES
from tests.bot.doctor.seeds_systems import FUSION, FUSION_WHOLE, S4, S4_WHOLE

pytestmark = pytest.mark.servers
KINDS = {
    "installation": INSTALLATION,
    "files": FILES,
    "the way to S/4HANA": S4,
    "inside S/4HANA": S4_WHOLE,
    "the way to Fusion": FUSION,
    "inside Fusion": FUSION_WHOLE,
}
LONG = ("inside S/4HANA", "inside Fusion")


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=[pytest.mark.contracts] * (kind in LONG)) for kind in KINDS])
def test_seeded_misconfigurations_are_found(kind: str, make_lab: MakeLab) -> None:
    lines, missed = [], []
    for seed in KINDS[kind]:
        seen = look(seed, make_lab)
        missed += (
            [f"{seed.name}: wanted {seed.code} with {seed.advice!r}, got {seen}"] if isinstance(seen, list) else []
        )
        lines.append(f"  {'MISSED' if isinstance(seen, list) else 'found '}  {seed.code:26} {seed.name}")
    head = f"{kind}: {len(lines) - len(missed)} of {len(lines)} seeded misconfigurations found"
    sys.stdout.write("\n".join(["", head, *lines, ""]))
    assert not missed, "\n".join(missed)


def look(seed: Seed, make_lab: MakeLab) -> str | list[tuple[str, str, str]]:
    """The finding's text, or everything that was said instead."""
    lab = make_lab(seed.name.replace("/", "-"))
    seed.spoil(lab)
    found = [each.diagnosis for each in lab.examine().findings]
    right = [d for d in found if d.code == seed.code and seed.advice in d.remedy and seed.says in d.what and d.why]
    return right[0].what if right else [(each.code, each.what, each.remedy) for each in found if each.code != "fine"]
