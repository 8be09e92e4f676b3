"""What the writing routes share: the system, stock transfers, and doubt about whatever exists already.

Orders themselves are the routes' own business.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bot.errors import NeedsAdmin, OutcomeUnknown, Retryable, StopRun
from bot.orders.document import Document, StockTransfer
from bot.ports import Clock
from connectors.oracle.client import FusionClient
from connectors.oracle.described import Described
from connectors.oracle.documents import Documents
from connectors.oracle.lookups import Lookups
from connectors.oracle.settings import FusionSettings
from connectors.oracle.transfers import TransferRequests


@contextmanager
def after_creation(key: str) -> Iterator[None]:
    """Turn every trouble after the first write into doubt about the order with that key."""
    try:
        yield
    except (Retryable, NeedsAdmin, StopRun) as error:
        raise OutcomeUnknown(key, f"the document exists and may not be submitted: {error}") from error


class Writer:
    """Base of the writers of one system; implements `TransferWriter`."""

    def __init__(
        self, client: FusionClient, settings: FusionSettings, clock: Clock, lookups: Lookups | None = None
    ) -> None:
        self._client, self._settings = client, settings
        self._lookups = lookups or Lookups(client, settings, clock)
        self._documents = Documents(client, settings, self._lookups)
        self._described = Described(client)
        self._transfers = TransferRequests(client, settings, clock, self._described)

    @property
    def system(self) -> str:
        """Name of the system in the settings."""
        return self._settings.system

    @property
    def settle_seconds(self) -> float:
        """Seconds after which a write that is doubtful must have shown itself."""
        return self._settings.settle_seconds

    def find_transfer(self, order_key: str) -> Sequence[Document]:
        """Every supply request whose reference number is our key."""
        return self._transfers.find_transfer(order_key)

    def request_transfer(self, transfer: StockTransfer) -> str:
        """Create the request; returns its supply order number, or the key while Fusion has given none."""
        return self._transfers.request_transfer(transfer)

    def transfer_status(self, numbers: Sequence[str]) -> Sequence[Document]:
        """Read requests back by supply order number or key; unknown ones are left out."""
        return self._transfers.transfer_status(numbers)
