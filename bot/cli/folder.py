"""What `plan` and `forecast` share: reading a folder of tables and the options that name it.

It knows no database and no ERP.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import pandas as pd

from bot.errors import DataInvalid, Finding
from bot.jobs.pull import joined
from connectors.files import FilesReader

FREQUENCIES = ("D", "W", "M")


class IsoDay(click.ParamType[date]):
    """A day written as 2026-03-02."""

    name = "DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day or fail with the form that is expected."""
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            self.fail(f"{value!r} is not a day such as 2026-03-02", param, ctx)


def folder_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --from, --as-of and --freq."""
    folder = click.option(
        "--from", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True,
        help="Folder of CSV or Parquet files named after the canonical tables.",
    )  # fmt: skip
    as_of = click.option("--as-of", type=IsoDay(), required=True, help="Planning day; the morning of it.")
    freq = click.option(
        "--freq", type=click.Choice(FREQUENCIES), default=None, help="Bucket of the history; else inferred."
    )
    return folder(as_of(freq(command)))


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a file to write beside `path`; it takes the place of `path` when all is written, else it vanishes."""
    draft = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield draft
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise click.UsageError(f"{path} cannot be written ({reason}); name a file where you may write") from error


def read_folder(folder: Path, needed: Sequence[str], wanted: Sequence[str] | None = None) -> dict[str, pd.DataFrame]:
    """Raw frames of the folder's tables; DataInvalid when a needed one is missing."""
    reader = FilesReader(folder)
    missing = [name for name in needed if reader.path(name) is None]
    if missing:
        remedy = (
            f"add {', '.join(f'{name}.csv or {name}.parquet' for name in missing)}; `restock tables` prints the columns"
        )
        message = f"the folder lacks the table{'s' * (len(missing) > 1)} {', '.join(missing)}"
        raise DataInvalid((Finding(str(folder), 1, 1, "E300", message, remedy),))
    names = sorted(reader.tables) if wanted is None else [name for name in wanted if reader.path(name) is not None]
    return {name: joined(list(reader.pull(name))) for name in names}
