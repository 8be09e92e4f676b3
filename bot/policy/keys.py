"""The setting and limit keys as data: name, kind, unit, merge rule, built-in value, meaning.

Everything is derived from the fields of `model`; nothing is declared twice.
"""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, get_args, get_origin

from bot.policy.model import CompanyLimits, Limits, Settings
from bot.policy.values import MoneyLimit
from bot.policy.words import Merge


@dataclass(frozen=True, slots=True)
class KeySpec:
    """One key; `section` is `set` or `limits`, `kind` the Python type that its text becomes."""

    name: str
    section: str
    kind: type
    unit: str
    merge: Merge
    builtin: str
    meaning: str
    company_only: bool = False

    @property
    def is_limit(self) -> bool:
        """Whether the key only tightens."""
        return self.section == "limits"

    @property
    def words(self) -> tuple[str, ...]:
        """The words of a choice, in order; empty for amounts and numbers."""
        return tuple(str(word) for word in self.kind) if issubclass(self.kind, StrEnum) else ()

    @property
    def is_text(self) -> bool:
        """Whether values are free text, read by somebody else."""
        return self.kind is str

    @property
    def is_money(self) -> bool:
        """Whether values are amounts with a currency."""
        return self.kind is MoneyLimit


def _base(annotation: Any) -> type:
    """The type inside `Annotated[T, ...] | None`."""
    inner = next(part for part in get_args(annotation) if part is not type(None))
    kind = get_args(inner)[0] if get_origin(inner) is Annotated else inner
    return kind if isinstance(kind, type) else object


def _specs(model: type[Settings | CompanyLimits], section: str) -> list[KeySpec]:
    found = []
    for name, info in model.model_fields.items():
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        limit = Merge.MIN if "_max" in name else Merge.MAX
        merge = limit if section == "limits" else Merge(str(extra["merge"]))
        company_only = section == "limits" and name not in Limits.model_fields
        kind = _base(info.annotation)
        unit, builtin = str(extra["unit"]), str(extra["builtin"])
        found.append(KeySpec(name, section, kind, unit, merge, builtin, info.description or "", company_only))
    return found


SETTING_KEYS = MappingProxyType({spec.name: spec for spec in _specs(Settings, "set")})
LIMIT_KEYS = MappingProxyType({spec.name: spec for spec in _specs(CompanyLimits, "limits")})
KEYS = MappingProxyType({**SETTING_KEYS, **LIMIT_KEYS})


def looser(spec: KeySpec, value: Any, than: Any) -> bool:
    """Whether a limit allows more than another one."""
    return bool(value > than) if spec.merge is Merge.MIN else bool(value < than)
