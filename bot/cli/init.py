"""`restock init`: writes a commented restock.toml and a first policy folder in mode observe.

It never overwrites a file.
"""

from pathlib import Path

import click

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

[mail]
host = "mail.example.com"
port = 587
security = "starttls"
sender = "restock@example.com"
user = "restock"
password_file = "secrets/mail"

[console]
url = "https://restock.example.com"

# One section per ERP. Try a folder of tables first:
[systems.files]
connector = "files"
folder = "data"
orders_folder = "var/orders"
"""

POLICY = """\
# The company's policy. observe: read, plan and report, order nothing. docs/policies.md lists every key.
version: 1
owner: {owner}
timezone: Europe/Berlin

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
@click.option("--name", prompt="Name of the installation", default="my-company", help="Name of the installation.")
def init(folder: Path, name: str) -> None:
    """Write restock.toml and policies/policy.yaml into FOLDER; nothing is overwritten."""
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
    click.echo("next: put tables into data/ (`restock tables` prints the columns), then `restock run plan`")
