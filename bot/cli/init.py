"""`restock init`: writes a commented restock.toml and a first policy folder in mode observe.

It never overwrites a file.
"""

import re
from pathlib import Path

import click

NAME = re.compile(r"[\w.-]{1,40}")
NEXT = """\
Next:
{go}  put your tables into {data} as CSV or Parquet: items, locations, stock, demand, sourcing
                             (`restock tables` prints the columns)
  restock doctor             says what is missing, and changes nothing
  restock run plan           plans them; the mode is observe, so nothing is ordered
  restock explain ITEM@LOCATION
  then set `mode: suggest` in {policy}, add a buyer (`restock user add MAIL`),
  and start `restock worker` and `restock console`\
"""

SETTINGS = """\
# Settings of this installation; docs/settings.md explains every key.
[installation]
name = "{name}"            # enters every order key: never change it
timezone = "Europe/Berlin"
currency = "EUR"

[paths]
policies = "policies"

[orders]
undo_minutes = 10

# Without [mail] nothing is sent: requests to buyers wait in the database until it is configured.
# [mail]
# host = "mail.example.com"
# port = 587
# security = "starttls"
# sender = "restock@example.com"
# user = "restock"
# password_file = "secrets/mail"     # a file with the password alone, mode 0600

[console]
url = "http://127.0.0.1:8484"        # the address that people use; behind a proxy https://restock.example.com

# One section per ERP (connector = "sap-s4", "oracle-fusion"). Try a folder of tables first:
[systems.files]
connector = "files"
folder = "data"
orders_folder = "var/orders"
"""

POLICY = """\
# The company's policy. observe: read, plan and report, order nothing. docs/policies.md lists every key.
version: 1
owner: {owner}

defaults:
  mode: observe
  service_level_pct: 95
  review_period_days: 1

limits:
  auto_order_value_max: 0 EUR
  order_value_max: 50000 EUR
  cover_max_days: 180
"""


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
@click.option("--name", default="my-company", show_default=True, help="Name of the installation; never changed later.")
def init(folder: Path, name: str) -> None:
    """Write restock.toml and policies/policy.yaml into FOLDER; nothing is overwritten."""
    if not NAME.fullmatch(name):
        raise click.UsageError(f"{name!r} cannot be a name: use up to 40 letters, digits, dots, dashes or underscores")
    files = {
        folder / "restock.toml": SETTINGS.format(name=name),
        folder / "policies" / "policy.yaml": POLICY.format(owner="supply-planning@example.com"),
    }
    there = [str(path) for path in files if path.exists()]
    if there:
        raise click.UsageError(f"{', '.join(there)} exists already; nothing was written")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        click.echo(f"written: {path}")
    (folder / "data").mkdir(exist_ok=True)
    click.echo(NEXT.format(data=folder / "data", policy=folder / "policies" / "policy.yaml", go=_go(folder)))


def _go(folder: Path) -> str:
    return "" if folder.resolve() == Path.cwd() else f"  cd {folder}\n"
