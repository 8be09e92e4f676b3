"""Settings of one Fusion system, keyed by inventory organisation (our location) and supplier.

They are checked for form here; whether names exist in the system is found by `lookups` and told by `doctor`.
"""

from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from connectors.checked import Address, Currency, Zone

TransactionKind = Literal["sale", "issue", "transfer", "return", "receipt", "ignore"]
ReportedTable = Literal["demand", "open_orders", "receipts", "items", "stock"]
ItemStatus = Literal["active", "blocked", "phase_out", "discontinued"]
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, ignored_types=(cached_property,))


class OAuthClient(_Model):
    """A confidential application at the identity domain; `token_url` ends in /oauth2/v1/token.

    With a private key, tokens are asked for by a signed statement about the Fusion user `subject` (JWT bearer),
    else by client credentials.
    """

    token_url: str
    client_id: str
    client_secret: SecretStr
    scope: str = "urn:opc:resource:consumer::all"
    private_key: SecretStr = SecretStr("")
    certificate: str = ""
    key_id: str = ""
    subject: str = ""
    issuer: str = ""
    audience: str = "https://identity.oraclecloud.com/"

    @model_validator(mode="after")
    def _key_and_subject(self) -> Self:
        if bool(self.private_key.get_secret_value()) != bool(self.subject):
            raise ValueError("private_key_file and subject belong together")
        return self


class TrustedIssuer(_Model):
    """Statements about the Fusion `user` that we sign ourselves; Fusion knows the issuer and its certificate."""

    issuer: Annotated[str, Field(min_length=1)]
    user: Annotated[str, Field(min_length=1)]
    private_key: SecretStr
    certificate: str = ""
    seconds: int = Field(default=3600, ge=120, le=3600)


class Organization(_Model):
    """What an order for one inventory organisation needs besides item, quantity, price and date.

    `buyer` is the mail address, display name, person number or id of a procurement agent;
    `currency` is the one of list prices; stock in `excluded_subinventories` counts as blocked. `preparer` is named
    like the buyer and stands for requisitions; transfers leave and enter by `transfer_subinventory`.
    """

    procurement_bu: Annotated[str, Field(min_length=1)]
    buyer: Annotated[str, Field(min_length=1)]
    requisitioning_bu: str = ""
    ship_to_location: str = ""
    document_style: str = ""
    currency: Currency = ""
    excluded_subinventories: frozenset[str] = frozenset()
    preparer: str = ""
    transfer_subinventory: str = ""


class Conversion(_Model):
    """`base_units` of the item (or of every item, `*`) in one `unit`; may be a fraction such as 1000/3."""

    unit: str
    base_units: str
    item: str = "*"

    @field_validator("base_units")
    @classmethod
    def _positive(cls, text: str) -> str:
        if Fraction(text) <= 0:
            raise ValueError("base_units must be above 0")
        return text


class FusionSettings(_Model):
    """One Fusion system; sign-on by `user` and `password`, by `oauth` or as `trusted_issuer`.

    `foreign_locations` are ship-to addresses of the business units at which nothing is planned.
    `supplier_sites` maps SUPPLIER or SUPPLIER@LOCATION to a site name; `transaction_types`,
    `item_statuses` and `uom_codes` add words that the company or its language uses to the built-in tables.
    `import_folder` takes the files of the write route import_file.
    Tables in `report_paths` are read by BI Publisher, `report_days` days at a time, as `report_user` where sign-on
    is by token.
    """

    system: Annotated[str, Field(min_length=1)]
    base_url: Address
    user: str = ""
    password: SecretStr = SecretStr("")
    oauth: OAuthClient | None = None
    trusted_issuer: TrustedIssuer | None = None
    organizations: dict[str, Organization] = Field(min_length=1)
    foreign_locations: frozenset[str] = frozenset()
    document_style: str = "Purchase Order"
    line_type: str = "Goods"
    supplier_sites: dict[str, str] = Field(default_factory=dict)
    history_days: int = Field(default=760, ge=1, le=3660)
    overlap_days: int = Field(default=7, ge=1)  # days of transactions before the last run that are read again
    full_read_days: int = Field(default=30, ge=0)  # days between whole readings of transactions; 0 = always whole
    max_concurrent: int = Field(default=2, ge=1, le=8)  # calls at once
    requests_per_second: float = Field(default=10.0, ge=0)  # on average; 0 = no limit
    settle_seconds: float = Field(default=900.0, gt=0)
    transaction_types: dict[str, TransactionKind] = Field(default_factory=dict)
    item_statuses: dict[str, ItemStatus] = Field(default_factory=dict)
    uom_codes: dict[str, str] = Field(default_factory=dict)
    methods_without_automatic_orders: frozenset[str] = frozenset({"Not planned"})
    conversions: tuple[Conversion, ...] = ()
    timezone: Zone = "UTC"
    page_size: int = Field(default=500, ge=2, le=500)
    search_rows: int = Field(default=1000, ge=50)
    search_days: int = Field(default=7, ge=1)
    receipt_calls: int = Field(default=300, ge=0)
    framework_version: int = Field(default=4, ge=2, le=9)
    ca_bundle: str = ""
    write_route: Literal["draft_order", "requisition", "import_file"] = "draft_order"
    import_folder: Path | None = None
    transfer_orders: bool = True
    supply_source: Annotated[str, Field(min_length=1, max_length=30)] = "EXT"
    supply_trusted_source: int = 1
    report_paths: dict[ReportedTable, Annotated[str, Field(pattern=r"^/.+\.xdo$")]] = Field(default_factory=dict)
    report_user: str = ""
    report_password: SecretStr = SecretStr("")
    report_days: int = Field(default=31, ge=1, le=366)
    report_chunk_bytes: int = Field(default=8 << 20, ge=1024, le=32 << 20)
    report_seconds: float = Field(default=600.0, gt=0)

    @model_validator(mode="after")
    def _one_sign_on(self) -> Self:
        basic = bool(self.user and self.password.get_secret_value())
        if [basic, self.oauth is not None, self.trusted_issuer is not None].count(True) != 1:
            raise ValueError("give one of: user and password_file (not empty), oauth, trusted_issuer")
        if self.oauth and not (self.oauth.client_secret.get_secret_value() or self.oauth.subject):
            raise ValueError("oauth.client_secret_file is empty")
        for url in [self.base_url, *([self.oauth.token_url] if self.oauth else [])]:
            parts = urlsplit(url)
            if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
                raise ValueError("addresses must start with https:// (http only on loopback)")
        return self

    @model_validator(mode="after")
    def _reports_have_a_user(self) -> Self:
        if self.report_paths and not all(self.report_logon()):
            raise ValueError("report_paths needs report_user and report_password where sign-on is by token")
        if ("receipts" in self.report_paths) != ("open_orders" in self.report_paths):
            raise ValueError("the reports of open_orders and of receipts are joined: name both in report_paths")
        return self

    @model_validator(mode="after")
    def _files_have_a_folder(self) -> Self:
        if (self.write_route == "import_file") != (self.import_folder is not None):
            raise ValueError('write_route = "import_file" and import_folder belong together')
        return self

    def report_logon(self) -> tuple[str, str]:
        """User and password that BI Publisher asks for in every request."""
        if self.report_user:
            return self.report_user, self.report_password.get_secret_value()
        return self.user, self.password.get_secret_value()

    @model_validator(mode="after")
    def _one_organization_per_address(self) -> Self:
        places = [o.ship_to_location for o in self.organizations.values() if o.ship_to_location]
        if len(places) != len(set(places)):
            raise ValueError("two organizations share a ship_to_location: open orders could not be told apart")
        return self

    @cached_property
    def _factors(self) -> dict[tuple[str, str], Fraction]:
        return {(c.item, c.unit): Fraction(c.base_units) for c in self.conversions}

    def factor(self, item: str, unit: str, base: str = "") -> Fraction | None:
        """Base units in one `unit` of the item; 1 for the base unit or an empty one, None when unknown."""
        if unit in {"", base}:
            return Fraction(1)
        return self._factors.get((item, unit)) or self._factors.get(("*", unit))

    def procurement_bus(self) -> list[str]:
        """Names of the procurement business units in use, sorted."""
        return sorted({organization.procurement_bu for organization in self.organizations.values()})


def plain(factor: Fraction) -> str:
    """Write a factor as the canonical tables want it: 12, 0.5 or 1000/3."""
    if factor.denominator == 1:
        return str(factor.numerator)
    value = Decimal(factor.numerator) / Decimal(factor.denominator)
    return format(value, "f") if Fraction(value) == factor else str(factor)
