"""The route into Fusion by files of its import: the connector reads over REST, a company's uploader takes the files."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.orders.model import DraftOrder
from bot.ports import Clock
from connectors.oracle.import_files import ImportFolder, ImportWriter
from connectors.oracle.lookups import Lookups
from tests.contract.company import drafts, offers
from tests.contract.importer import Importer
from tests.contract.route_files import WEIGHTS, DiskDisturber, Trouble, shaken
from tests.contract.route_fusion import ORGANIZATIONS, FusionFarSide, fusion_far_side
from tests.faults.history import History
from tests.faults.plan import FaultPlan


class ShakyFolder(ImportFolder):
    """The real folder on a disk that fails while an order is sealed; the zip before it is written well."""

    far: "ImportFarSide"

    def _written(self, part: Path, content: bytes) -> Path:
        written = super()._written(part, content)
        return written if part.name.endswith(".zip.part") else shaken(written, self.far)


@dataclass
class ImportFarSide(FusionFarSide, Trouble):
    """The server, the folder, and the uploader, who works when the campaign lets him."""

    importer: Importer | None = None

    @property
    def orders(self) -> Path:
        return self.books / "imports"

    def writer(self, address: str = "", clock: Clock | None = None) -> ImportWriter:
        settings = self.settings(address)
        client = self._client(settings, clock)
        made = ImportWriter(client, settings, clock or self.clock)
        lookups = Lookups(client, settings, clock or self.clock)
        folder = ShakyFolder(self.orders, settings.system, settings, lookups)
        folder.far, made._folder = self, folder
        return made

    def drafts(self, count: int) -> list[DraftOrder]:
        return drafts(self.system, count, ORGANIZATIONS, offers(ORGANIZATIONS, blocked=True)[:2])

    def strike(self, fault: str) -> None:
        self.trouble = {"reply_lost": "sync_fails", "lost": "part_vanishes"}[fault]

    def disturber(self, plan: FaultPlan, history: History) -> DiskDisturber:
        return DiskDisturber(self, FaultPlan(plan.seed, WEIGHTS, {"pass": 1}), history)

    def release(self) -> None:
        assert self.importer is not None
        self.importer.run()


def _names() -> dict[str, str]:
    return {
        f"Unit {each.unit}": each.unit for blocked in (False, True) for each in offers(ORGANIZATIONS, blocked=blocked)
    }


@contextmanager
def import_far_side(folder: Path, page: int = 500, **changes: Any) -> Iterator[ImportFarSide]:
    """The Fusion-like server of the other routes, with a folder beside its database."""
    units = _names()
    with fusion_far_side(folder, page, **changes) as inner:
        orders = folder / "imports"
        orders.mkdir()
        given = {"write_route": "import_file", "import_folder": orders, "uom_codes": units}
        importer = Importer(inner.address, orders, units)
        try:
            yield ImportFarSide(
                "fusion", "fusion import", folder, inner.address, changes={**inner.changes, **given}, importer=importer
            )
        finally:
            importer.close()
