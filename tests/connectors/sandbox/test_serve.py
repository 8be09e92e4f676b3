"""The sandbox starts as one process and says where it listens."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import requests

pytestmark = pytest.mark.servers


def test_both_servers_start_and_stop_as_one_process(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "connectors.sandbox",
        "--db",
        str(tmp_path),
        "--as-of",
        "2026-03-02",
        "--scale",
        "0.1",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        addresses = json.loads(process.stdout.readline())
        assert addresses.keys() == {"s4", "fusion"}
        assert requests.get(f"{addresses['s4']}/__faults", timeout=20).status_code == 200
        assert requests.get(f"{addresses['fusion']}/fscmRestApi", timeout=20).status_code in {401, 404}
        process.terminate()
        assert process.wait(timeout=20) == 0
    assert (tmp_path / "s4_side" / "rates.csv").exists()
