"""Settings of one S/4HANA system: address, logon, plants and what purchasing needs to know about them.

Nothing is read from files or the environment here; `bot.settings` does that.
"""

from typing import Literal, Self, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from connectors.checked import Address, Zone

Movement = Literal["sale", "-sale", "issue", "-issue", "return", "-return", "transfer", "-transfer", "ignore"]
Stock = Literal["on_hand", "inspection", "blocked", "ignore"]
Status = Literal["active", "blocked", "phase_out", "discontinued"]
Reference = Literal["CorrespncInternalReference", "CorrespncExternalReference"]
LOGON = "correct user, password_file and client of the system; have the user unlocked"  # what to do when it is refused
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def _local(url: str) -> bool:
    return urlsplit(url).hostname in _LOOPBACK


class PlantSettings(BaseModel):
    """What an order for a plant needs besides the order itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    company_code: str = Field(min_length=1, max_length=4)
    purchasing_organisation: str = Field(min_length=1, max_length=4)
    purchasing_group: str = Field(min_length=1, max_length=3)


class OAuthClient(BaseModel):
    """Client credentials; on ABAP systems `token_url` usually ends in /sap/bc/sec/oauth2/token (UNVERIFIED)."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    token_url: str
    client_id: str
    client_secret: SecretStr
    scope: str = ""


class S4Settings(BaseModel):
    """One S/4HANA system; only the plants named here are read and ordered for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    system: str = "s4"
    base_url: Address
    allow_http: bool = False
    client: str = "100"
    system_id: str = Field(default="", pattern="^([A-Z][A-Z0-9]{2})?$")  # three characters, as the status window shows
    language: str = Field(default="EN", min_length=2, max_length=2)
    user: str = ""
    password: SecretStr = SecretStr("")
    oauth: OAuthClient | None = None
    ca_bundle: str = ""
    client_certificate: str = ""
    client_key: str = ""
    order_type: str = Field(default="NB", min_length=1, max_length=4)
    transfer_type: str = Field(default="NB", min_length=1, max_length=4)  # document type of requisitions
    order_service: Literal["v4", "v2"] = "v4"  # the older services are deprecated by SAP
    repeat_lost_answers: bool = False  # only where idempotent services were switched on and tried
    timezone: Zone = "UTC"
    plants: dict[str, PlantSettings] = Field(min_length=1)
    history_days: int = Field(default=760, ge=1)
    window_days: int = Field(default=31, ge=1)  # days of movements in one request
    overlap_days: int = Field(default=7, ge=1)  # days of movements before the last run that are read again
    full_read_days: int = Field(default=30, ge=0)  # days between whole readings of movements; 0 = always whole
    max_concurrent: int = Field(default=2, ge=1, le=8)  # calls at once
    requests_per_second: float = Field(default=10.0, ge=0)  # on average; 0 = no limit
    settle_seconds: float = Field(default=900.0, ge=0)
    reference_field: Reference = "CorrespncInternalReference"
    movement_types: dict[str, Movement] = Field(default_factory=dict)  # added to, or in place of, the built-in table
    debit_credit_code: bool = True  # false for releases whose material documents lack DebitCreditCode
    stock_types: dict[str, Stock] = Field(default_factory=dict)  # added to, or in place of, the built-in table
    status_codes: dict[str, Status] = Field(default_factory=dict)  # the system's status codes; others block
    categories: dict[str, str] = Field(default_factory=dict)  # product group to category path of policies
    price_conditions: frozenset[str] = frozenset({"PB00", "PPR0"})
    lock_codes: frozenset[str] = frozenset()  # error codes that mean "locked, nothing was done"

    @field_validator("order_type")
    @classmethod
    def _no_stock_transport(cls, value: str) -> str:
        """Refuse what neither order service creates, before anything is sent (SAP KBA 3555741)."""
        if value == "UB":
            raise ValueError("stock transport orders (UB) are not created over OData; transfers become requisitions")
        return value

    @model_validator(mode="after")
    def _only_encrypted(self) -> Self:
        """Refuse to send a password in clear to another machine."""
        parts = urlsplit(self.base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("base_url must be an address such as https://s4.example.com")
        if self.oauth and urlsplit(self.oauth.token_url).scheme != "https" and not _local(self.oauth.token_url):
            raise ValueError("oauth.token_url must start with https://")
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK and not self.allow_http:
            raise ValueError("base_url must start with https:// (allow_http = true sends the password in clear)")
        return self

    @model_validator(mode="after")
    def _signs_on(self) -> Self:
        """Refuse a logon that cannot succeed: each one that fails counts towards a locked user."""
        if self.user and not self.password.get_secret_value() and not self.oauth:
            raise ValueError("user has no password: name a password_file that is not empty")
        if not (self.user or self.oauth or self.client_certificate):
            raise ValueError("nothing signs on: give user and password_file, client_certificate, or oauth")
        if self.oauth and not self.oauth.client_secret.get_secret_value():
            raise ValueError("oauth.client_secret_file is empty")
        return self

    @property
    def reference_fields(self) -> tuple[str, ...]:
        """Every header field that may carry an order key, the one in use first."""
        return (self.reference_field, *(field for field in get_args(Reference) if field != self.reference_field))

    @property
    def organisations(self) -> list[str]:
        """Purchasing organisations of the plants, each once."""
        return sorted({plant.purchasing_organisation for plant in self.plants.values()})
