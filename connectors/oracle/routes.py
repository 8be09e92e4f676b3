"""Writes by the route that `write_route` names, and looks for documents on both: the setting may have changed.

It opens no connection and judges no document; whose a document is, its order key says.
"""

from collections.abc import Sequence

from bot.orders.document import Document, StockTransfer
from bot.orders.model import DraftOrder
from bot.ports import Clock
from connectors.oracle.client import FusionClient
from connectors.oracle.lookups import Lookups
from connectors.oracle.orders import FusionWriter
from connectors.oracle.requisitions import RequisitionWriter
from connectors.oracle.settings import FusionSettings


def writer_of(client: FusionClient, settings: FusionSettings, clock: Clock) -> "BothRoutes":
    """Make the writer of one system."""
    lookups = Lookups(client, settings, clock)
    orders = FusionWriter(client, settings, clock, lookups)
    requisitions = RequisitionWriter(client, settings, clock, lookups)
    return BothRoutes(orders, requisitions, requisition=settings.write_route == "requisition")


class BothRoutes:
    """Implements `ErpWriter` and, beyond it, `complete` and `TransferWriter`."""

    def __init__(self, orders: FusionWriter, requisitions: RequisitionWriter, *, requisition: bool) -> None:
        self._orders, self._requisitions = orders, requisitions
        self.own: FusionWriter | RequisitionWriter = requisitions if requisition else orders
        self._other: FusionWriter | RequisitionWriter = orders if requisition else requisitions

    @property
    def system(self) -> str:
        """Name of the system in the settings."""
        return self.own.system

    @property
    def settle_seconds(self) -> float:
        """Seconds after which a write that is doubtful must have shown itself."""
        return self.own.settle_seconds

    def find(self, order_key: str, supplier: str = "") -> Sequence[Document]:
        """Documents with the key, orders and requisitions; an order that Fusion made of one of them is none besides."""
        asked, made = self._requisitions.find_with_orders(order_key)
        orders = [one for one in self._orders.find(order_key, supplier) if one.number not in made]
        return [*orders, *asked]

    def create(self, draft: DraftOrder) -> str:
        """Create a document of the route in use; see the routes for what is raised. Look it up by `find` first."""
        return self.own.create(draft)

    def complete(self, number: str) -> None:
        """Submit a HELD document of ours, of whichever route."""
        self._route_of(number).complete(number)

    def cancel(self, number: str) -> None:
        """Take a document back, of whichever route."""
        self._route_of(number).cancel(number)

    def status(self, numbers: Sequence[str]) -> Sequence[Document]:
        """Read documents back; a number that bears no key of ours on this route is looked for on the other.

        Orders and requisitions count in numbers of their own, so a stranger here may have the number of ours there.
        """
        here = list(self.own.status(numbers))
        ours = {document.number for document in here if document.order_key}
        left = [number for number in dict.fromkeys(numbers) if number not in ours]
        there = [one for one in self._other.status(left) if one.order_key] if left else []
        elsewhere = {document.number for document in there}
        return [*(document for document in here if document.number not in elsewhere), *there]

    def find_transfer(self, order_key: str) -> Sequence[Document]:
        """Every supply request whose reference number is our key."""
        return self.own.find_transfer(order_key)

    def request_transfer(self, transfer: StockTransfer) -> str:
        """Create the request; returns its supply order number, or the key while Fusion has given none."""
        return self.own.request_transfer(transfer)

    def transfer_status(self, numbers: Sequence[str]) -> Sequence[Document]:
        """Read requests back by supply order number or key; unknown ones are left out."""
        return self.own.transfer_status(numbers)

    def _route_of(self, number: str) -> FusionWriter | RequisitionWriter:
        """The route that has a document of ours with this number; the one in use where none has."""
        for route in (self.own, self._other):
            if any(document.order_key for document in route.status([number])):
                return route
        return self.own
