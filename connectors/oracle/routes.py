"""Writes by the route that `write_route` names, and looks for documents on all of them: the setting may have changed.

It opens no connection and judges no document; whose a document is, its order key says.
"""

from collections.abc import Sequence

from bot.orders.document import Document, StockTransfer
from bot.orders.model import DraftOrder
from bot.ports import Clock
from connectors.oracle.client import FusionClient
from connectors.oracle.import_files import ImportWriter
from connectors.oracle.lookups import Lookups
from connectors.oracle.orders import FusionWriter
from connectors.oracle.requisitions import RequisitionWriter
from connectors.oracle.settings import FusionSettings

AnyWriter = FusionWriter | RequisitionWriter | ImportWriter


def writer_of(client: FusionClient, settings: FusionSettings, clock: Clock) -> "Routes":
    """Make the writer of one system."""
    lookups = Lookups(client, settings, clock)
    orders = FusionWriter(client, settings, clock, lookups)
    requisitions = RequisitionWriter(client, settings, clock, lookups)
    files = ImportWriter(client, settings, clock) if settings.import_folder else None
    if settings.write_route == "import_file" and files is not None:
        return Routes(files, orders, requisitions, files)
    own = requisitions if settings.write_route == "requisition" else orders
    return CompletingRoutes(own, orders, requisitions, files)


class Routes:
    """Implements `ErpWriter` and, beyond it, `TransferWriter`; `own` is the route in use."""

    def __init__(
        self, own: AnyWriter, orders: FusionWriter, requisitions: RequisitionWriter, files: ImportWriter | None
    ) -> None:
        self.own = own
        self._orders, self._requisitions, self._files = orders, requisitions, files
        self._others = [each for each in (orders, requisitions, files) if each is not None and each is not own]

    @property
    def system(self) -> str:
        """Name of the system in the settings."""
        return self.own.system

    @property
    def settle_seconds(self) -> float:
        """Seconds after which a write that is doubtful must have shown itself."""
        return self.own.settle_seconds

    def find(self, order_key: str, supplier: str = "") -> Sequence[Document]:
        """Documents with the key; an order that Fusion made of one of the requisitions is none besides."""
        asked, made = self._requisitions.find_with_orders(order_key)
        # the folder's search looks among Fusion's orders too
        found = self._files.find(order_key) if self._files else self._orders.find(order_key, supplier)
        return [*(one for one in found if one.number not in made), *asked]

    def create(self, draft: DraftOrder) -> str:
        """Create a document of the route in use; see the routes for what is raised. Look it up by `find` first."""
        return self.own.create(draft)

    def cancel(self, number: str) -> None:
        """Take a document back, of whichever route."""
        self._route_of(number).cancel(number)

    def status(self, numbers: Sequence[str]) -> Sequence[Document]:
        """Read documents back; a number that bears no key of ours on this route is looked for on the others.

        Orders and requisitions count in numbers of their own, so a stranger here may have the number of ours there.
        """
        here = list(self.own.status(numbers))
        ours = {document.number for document in here if document.order_key}
        there: list[Document] = []
        for route in self._others:
            left = [number for number in dict.fromkeys(numbers) if number not in ours]
            there += [one for one in route.status(left) if one.order_key] if left else []
            ours |= {document.number for document in there}
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

    def _route_of(self, number: str) -> AnyWriter:
        """The route that has a document of ours with this number; the one in use where none has."""
        for route in (self.own, *self._others):
            if any(document.order_key for document in route.status([number])):
                return route
        return self.own


class CompletingRoutes(Routes):
    """Routes whose documents can be submitted when a broken call left them incomplete; files cannot."""

    def complete(self, number: str) -> None:
        """Submit a HELD document of ours, of whichever route."""
        route = self._route_of(number)
        if not isinstance(route, ImportWriter):
            route.complete(number)
