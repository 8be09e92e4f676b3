"""A files installation as a newcomer makes it: `restock init`, five small tables, nothing else."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from bot.wiring.world import SystemClock

ZONE = "Europe/Berlin"
COMMAND = (sys.executable, "-m", "bot")


def restock(folder: Path, *arguments: str, timeout: float = 90) -> "subprocess.CompletedProcess[str]":
    """Run the command line in a folder, without a terminal."""
    root = Path(__file__).resolve().parents[3]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(root), "HOME": str(folder)}
    return subprocess.run(
        [*COMMAND, *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False, timeout=timeout,
    )  # fmt: skip


def tables(folder: Path) -> None:
    """Two items: bolt runs out, nut lasts for years."""
    today = SystemClock().today(ZONE)
    days = [today - timedelta(days=number) for number in range(1, 200)]
    texts = {
        "items": "item,unit,description\nbolt,EA,Hex bolt\nnut,EA,Lock nut\n",
        "locations": "location,name\nL1,Main store\n",
        "stock": "item,location,on_hand\nbolt,L1,3\nnut,L1,100000\n",
        "demand": "item,location,date,quantity\n"
        + "".join(f"{item},L1,{day},{5 + day.toordinal() % 3}\n" for item in ("bolt", "nut") for day in days),
        "sourcing": "item,location,supplier,price,currency,lead_time_days\n"
        "bolt,L1,acme,0.50,EUR,7\nnut,L1,acme,0.20,EUR,7\n",
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")


def newcomer(folder: Path) -> Path:
    """An installation with data, in mode observe."""
    made = restock(folder, "init")
    assert made.returncode == 0, made.stderr
    tables(folder / "data")
    return folder


def set_mode(folder: Path, mode: str) -> None:
    """What the printed next steps say: change the mode in the policy file."""
    policy = folder / "policies" / "policy.yaml"
    policy.write_text(policy.read_text("utf-8").replace("mode: observe", f"mode: {mode}"), "utf-8")


ROOT_IMPORT = """
import sys
from bot.cli.root import run
assert run(["--help"]) == 0
heavy = ("pandas", "numpy", "sktime", "flask", "sqlalchemy", "matplotlib", "pydantic", "requests", "apscheduler")
print("heavy:", sorted(name for name in heavy if name in sys.modules))
"""
