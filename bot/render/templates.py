"""The one jinja2 environment: where templates are found and which filters they may use.

Templates come from a fixed folder, never from data; everything that produces HTML is escaped.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from bot.errors import NeedsAdmin
from bot.render import words

_PACKAGE = Path(__file__).resolve().parents[1]
_REPOSITORY = _PACKAGE.parent / "templates"
_PACKAGED = _PACKAGE / "_data" / "templates"


def folders(chosen: Path | None = None) -> list[Path]:
    """Template folders in order of precedence: the chosen one, the repository's, the packaged copy.

    Raises:
        NeedsAdmin: when none of them exists.
    """
    found = [folder for folder in (chosen, _REPOSITORY, _PACKAGED) if folder is not None and folder.is_dir()]
    if not found or (chosen is not None and chosen not in found):
        raise NeedsAdmin("there is no template folder", str(chosen or _REPOSITORY), "set `templates` in restock.toml")
    return found


@cache
def environment(chosen: Path | None = None) -> SandboxedEnvironment:
    """The environment for one chosen folder; undefined names are errors, HTML is always escaped."""
    made = SandboxedEnvironment(
        loader=FileSystemLoader(folders(chosen)),
        autoescape=_escapes,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    made.filters.update(_FILTERS)
    return made


def render(template: str, context: dict[str, object], chosen: Path | None = None) -> str:
    """The text of one template, for example `email/approval_request/body.txt.j2`."""
    return environment(chosen).get_template(template).render(context)


def _escapes(template: str | None) -> bool:
    return template is None or not template.endswith(".txt.j2")


def _finalize(value: object) -> object:
    """Clean every text on its way out, so that no template can forget it."""
    if isinstance(value, Markup):
        return value
    return words.clean(value) if isinstance(value, str) else value


_FILTERS: dict[str, Callable[..., str]] = {
    "name": words.name,
    "money": words.money,
    "price": words.price,
    "quantity": words.quantity,
    "percent": words.percent,
    "plain": words.plain,
    "day": words.day,
    "short_day": words.short_day,
    "instant": words.instant,
    "age": words.age,
    "count_of": words.count,
    "spoken": words.spoken,
}
