"""The main job through a local copy of documents: the same snapshot as a whole reading, and damage is told."""

import pytest

from tests.scenarios.company import World

pytestmark = pytest.mark.servers


def test_a_plan_through_the_local_copy_stands_on_the_snapshot_of_a_whole_reading(planned: World) -> None:
    (rows,) = planned.folder.glob("**/mirror/*/movements-*.parquet")
    through = planned.run("plan")
    (rows,) = planned.folder.glob("**/mirror/*/movements-*.parquet")
    rows.write_bytes(rows.read_bytes()[:-1])
    whole = planned.run("plan")
    assert through.exit_code == whole.exit_code == 0, through.message + whole.message
    first, second = (outcome.report["systems"]["s4"] for outcome in (through, whole))  # type: ignore[index]
    assert first["snapshot_id"] == second["snapshot_id"]
    told = "note: the local copy of movements was damaged: it was thrown away and the list is read whole"
    assert told in second["findings"]
    assert told not in first["findings"]
