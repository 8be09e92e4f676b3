"""The command `restock`: which commands there are and how errors become exit codes.

Commands are imported when they are called, so that `--help` answers at once; nothing is computed here.
"""

import sys
from importlib import import_module

import click

from bot.errors import RestockError

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("bot.cli.init:init", "Write restock.toml and a first policy folder (mode observe)."),
    "tables": ("bot.cli.tables:tables", "Print the canonical tables and their columns."),
    "doctor": ("bot.cli.doctor:doctor", "Examine the installation and its ERPs; changes nothing."),
    "plan": ("bot.cli.plan:plan", "Plan on a folder of tables; writes orders.csv, sends nothing."),
    "forecast": ("bot.cli.forecast:forecast", "Forecast demand on a folder of tables."),
    "explain": ("bot.cli.explain:explain", "Say why ITEM@LOCATION was ordered, or why not."),
    "connectors": ("bot.cli.connectors:connectors", "Print what each route reads and writes, and who judged it."),
    "delivery": ("bot.cli.delivery:delivery", "Check and seal folders of tables that an ERP delivers."),
    "policy": ("bot.cli.policy:policy", "Check policy files."),
    "run": ("bot.cli.run:run_job", "Run one job once: plan, submit, approve, follow_up, learn, housekeeping."),
    "worker": ("bot.cli.run:worker", "Run the jobs on their schedule."),
    "console": ("bot.cli.console:console", "Serve the web console."),
    "orders": ("bot.cli.orders:orders", "List, show and settle orders that need a person."),
    "user": ("bot.cli.user:user", "Add the people who approve."),
    "stop": ("bot.cli.run:stop", "Kill switch: nothing more is sent."),
    "start": ("bot.cli.run:start", "Release the kill switch."),
    "demo": ("bot.cli.demo:demo", "Show it all on a made-up company."),
}


class LazyGroup(click.Group):
    """A group that imports a command's module only when the command runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names in the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """List commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="restock")
def restock() -> None:
    """Restock: an autonomous procurement bot for SAP and Oracle."""


def run(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code (docs/operating.md lists them)."""
    try:
        result = restock.main(args=arguments, prog_name="restock", standalone_mode=False)
    except click.exceptions.Abort:
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except RestockError as error:
        print(f"restock: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return result if isinstance(result, int) else 0
