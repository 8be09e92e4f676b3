"""Settings of one ECC system (or an S/4HANA on premise) that is reached by remote function calls.

Nothing is read from files or the environment here; `bot.settings` does that.
"""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from connectors.checked import Currency, Zone
from connectors.sap.settings import Movement, PlantSettings, Status


class EccPlant(PlantSettings):
    """What an order for a plant needs besides the order itself; `currency` is that of valuation prices."""

    currency: Currency = ""
    storage_locations: frozenset[str] = frozenset()  # whose stock counts as on hand; empty = all


class EccSettings(BaseModel):
    """One system; only the plants named here are read and ordered for."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    system: str = "ecc"
    backend: Literal["pyrfc", "saprfclib"] = "pyrfc"
    rfc_library: str = "pyrfc"
    ashost: str = ""
    sysnr: str = Field(default="00", pattern="^[0-9]{2}$")
    mshost: str = ""
    msserv: str = ""
    group: str = ""
    saprouter: str = ""
    client: str = Field(default="100", pattern="^[0-9]{3}$")
    language: str = Field(default="EN", min_length=2, max_length=2)
    user: str = ""
    password: SecretStr = SecretStr("")
    snc_partnername: str = ""
    snc_lib: str = ""
    snc_qop: str = ""
    system_id: str = ""
    timezone: Zone = "UTC"
    plants: dict[str, EccPlant] = Field(min_length=1)
    order_type: str = Field(default="NB", min_length=1, max_length=4)
    transfer_type: str = Field(default="NB", min_length=1, max_length=4)
    reference_field: Literal["OUR_REF", "REF_1"] = "OUR_REF"
    material_numbers: Literal["padded", "lexicographic"] = "padded"
    units: Literal["internal", "iso"] = "internal"
    iso_units: dict[str, str] = Field(default_factory=dict)
    schedule_date: Literal["YYYYMMDD", "DD.MM.YYYY", "MM/DD/YYYY", "YYYY-MM-DD"] = "YYYYMMDD"
    test_first: bool = True
    table_function: str = "RFC_READ_TABLE"
    page_rows: int = Field(default=50_000, ge=0)  # 0: all at once
    movement_table: Literal["MSEG", "MATDOC"] = "MSEG"
    requirements: bool = True
    history_days: int = Field(default=760, ge=1)
    window_days: int = Field(default=31, ge=1)
    overlap_days: int = Field(default=7, ge=1)
    full_read_days: int = Field(default=30, ge=0)
    search_days: int = Field(default=400, ge=1)  # an order key is searched among orders of so many days
    settle_seconds: float = Field(default=900.0, ge=0)
    read_seconds: float = Field(default=120.0, gt=0)
    write_seconds: float = Field(default=300.0, gt=0)
    connections: int = Field(default=2, ge=1, le=8)
    movement_types: dict[str, Movement] = Field(default_factory=dict)
    status_codes: dict[str, Status] = Field(default_factory=dict)
    categories: dict[str, str] = Field(default_factory=dict)
    lock_codes: frozenset[str] = frozenset()  # messages as ID/NUMBER that mean "locked, nothing was done"
    blocking_warnings: frozenset[str] = frozenset()  # warnings as ID/NUMBER that count as a refusal

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if bool(self.ashost) == bool(self.mshost):
            raise ValueError("give either ashost and sysnr, or mshost, group and system_id")
        if self.mshost and not (self.group and self.system_id):
            raise ValueError("mshost also needs group and system_id")
        if not self.snc_partnername and not (self.user and self.password.get_secret_value()):
            raise ValueError("give user and password_file (not empty), or SNC (snc_partnername)")
        return self

    def parameters(self) -> dict[str, str]:
        """Connection parameters by the names of the library, all texts."""
        known = {
            "ashost": self.ashost,
            "sysnr": self.sysnr if self.ashost else "",
            "mshost": self.mshost,
            "msserv": self.msserv,
            "group": self.group,
            "sysid": self.system_id if self.mshost else "",
            "saprouter": self.saprouter,
            "client": self.client,
            "user": self.user,
            "passwd": self.password.get_secret_value(),
            "lang": self.language,
            "snc_partnername": self.snc_partnername,
            "snc_lib": self.snc_lib,
            "snc_qop": self.snc_qop,
        }
        return {name: value for name, value in known.items() if value}

    @property
    def organisations(self) -> list[str]:
        """Purchasing organisations of the plants, each once."""
        return sorted({plant.purchasing_organisation for plant in self.plants.values()})
