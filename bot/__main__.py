"""`python -m bot` and the console script `restock`.

It only starts the command line, which loads each command when it is asked for.
"""

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    from bot.cli.root import run  # noqa: PLC0415 - keeps `python -m bot` importable without click

    sys.exit(run())


if __name__ == "__main__":
    main()
