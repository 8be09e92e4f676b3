"""`restock policy check`: exit codes, text and JSON."""

import json
from pathlib import Path

from click.testing import CliRunner

from bot.cli.policy import policy


def run(folder: Path, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(policy, ["check", str(folder), *options])
    return result.exit_code, result.output


def test_a_good_folder(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("version: 1\ndefaults: { mode: assist }\n")
    code, output = run(tmp_path)
    assert code == 0
    assert f"warning: {tmp_path}/policy.yaml:2:11: E222" in output
    assert f"{tmp_path}: good, 0 rules, 0 freezes, 1 warning" in output


def test_mistakes_are_shown_with_their_place_and_end_with_4(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("version: 1\ndefaults: { moed: assist }\n")
    code, output = run(tmp_path)
    assert code == 4
    assert output == (
        f'{tmp_path}/policy.yaml:2:13: E104 unknown key "moed" in defaults\n'
        "    2 | defaults: { moed: assist }\n"
        '      |             ^^^^ did you mean "mode"?\n'
        f"{tmp_path}: 1 mistake; nothing is used until they are gone\n"
    )


def test_json(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("version: 1\n")
    code, output = run(tmp_path, "--format", "json")
    found = json.loads(output)
    assert (code, found["valid"], found["errors"], found["schema_version"]) == (0, True, [], 1)
    assert len(found["policy_id"]) == 64
    (tmp_path / "policy.yaml").write_text("version: 3\n")
    code, output = run(tmp_path, "--format", "json")
    found = json.loads(output)
    assert (code, found["valid"], found["policy_id"]) == (4, False, None)
    assert found["errors"][0]["code"] == "E107"
    assert found["errors"][0]["path"] == f"{tmp_path}/policy.yaml"


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    code, output = run(tmp_path / "nowhere")
    assert code == 4
    assert output.startswith(f"{tmp_path}/nowhere:1:1: E100 there is no such folder")


def test_forecasters_are_looked_up(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("version: 1\ndefaults:\n  forecaster: TSB(alpha=0.2)\n")
    code, output = run(tmp_path)
    assert (code, output.count("warning")) == (0, 1), output
    text = "defaults:\n  forecaster: NaiveForcaster(sp=52)\n"
    text += "rules:\n  - { id: a, match: { item: a }, set: { forecaster: HierarchicalProphet } }\n"
    text += "  - { id: b, match: { item: b }, set: { forecaster: TSB(alfa=0.2) } }\n"
    (tmp_path / "policy.yaml").write_text("version: 1\n" + text)
    code, output = run(tmp_path)
    assert code == 4
    at = f"{tmp_path}/policy.yaml"
    assert f"{at}:3:15: E209 there is no forecaster 'NaiveForcaster'\n" in output
    assert 'did you mean "NaiveForecaster"?' in output
    assert f"{at}:5:53: E209 HierarchicalProphet needs prophetverse" in output
    assert f"{at}:6:53: E209 TSB has no argument 'alfa'" in output
    assert 'did you mean "alpha"?' in output
    (tmp_path / "policy.yaml").write_text("version: 1\ndefaults:\n  forecaster: TSB(alpha=open('x'))\n")
    code, output = run(tmp_path)
    assert code == 4
    assert f"{at}:3:15: E107 forecaster: alpha of TSB is no plain value: open('x')" in output
