"""Puts named faults between a route's connector and its ERP, and runs the real sending job there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.jobs.submit import SubmitReport, submit_due
from bot.orders.model import DraftOrder, OrderState, StoredOrder
from bot.ports import App, ErpReader, ErpWriter
from tests.contract.far_side import FarSide, Route
from tests.fakes import OpenGate
from tests.faults.history import History
from tests.faults.plan import FaultPlan
from tests.faults.proxy import FaultProxy, fault_proxy
from tests.makers import database, make_app

# what a case asks for -> what the proxy does
FAULTS = {
    "reply_lost": "drop_after", "lost": "drop_before", "busy": "busy", "late": "late", "truncated": "truncate",
    "page": "page_after", "empty": "empty_after", "denied": "denied", "error": "error_before",
    "error_after": "error_after", "reset": "reset_after", "silent": "silent_after", "drip": "drip",
    "redirect": "redirect",
}  # fmt: skip


class Script(FaultPlan):
    """Faults in the order given, then none."""

    def __init__(self, writes: Sequence[str] = (), reads: Sequence[str] = (), wait: str = "1") -> None:
        super().__init__("script")
        self.next_writes, self.next_reads, self.wait = list(writes), list(reads), wait

    def of_write(self) -> str:
        return self.next_writes.pop(0) if self.next_writes else "pass"

    def of_read(self) -> str:
        return self.next_reads.pop(0) if self.next_reads else "pass"

    def odd_wait(self) -> str:
        return self.wait

    def error(self) -> int:
        return 500


@dataclass
class Struck:
    """A route with its connector behind a proxy (where there is a wire), and what passed by."""

    far: FarSide
    folder: Path
    history: History
    proxy: FaultProxy | None = None
    script: Script = field(default_factory=Script)

    def writer(self) -> ErpWriter:
        return self.far.writer(self.proxy.url if self.proxy else "")

    def reader(self) -> ErpReader:
        return self.far.reader(self.proxy.url if self.proxy else "")

    def strike(self, fault: str) -> None:
        """Let the next writing request suffer a fault of FAULTS."""
        if self.proxy is None:
            self.far.strike(fault)
        else:
            self.script.next_writes.append(FAULTS[fault])

    def release(self) -> None:
        """Deliver what was held back; a route without a wire does so when its clock has moved."""
        if self.proxy is not None:
            self.proxy.release()
        self.far.release()

    def posts(self, key: str) -> int:
        """How many posts carried this order's key."""
        return sum(line["kind"] == "write" and line["key"] == key for line in self.history.lines())

    @contextmanager
    def sending(self, *drafts: DraftOrder, writer: ErpWriter | None = None) -> Iterator["Sending"]:
        """The real job on a database of its own, with these orders approved."""
        with database(self.folder / "restock.sqlite") as engine:
            made = writer or self.writer()
            app = replace(make_app(engine, self.folder, clock=self.far.clock, writer=made), gate=OpenGate())
            app.orders.adopt(drafts, system=self.far.system, run_id="r", plan_id="p")
            yield Sending(app, self)


@dataclass
class Sending:
    app: App
    struck: Struck

    def run(self) -> SubmitReport:
        return submit_due(self.app)

    def state(self, draft: DraftOrder) -> OrderState:
        return self.stored(draft).state

    def stored(self, draft: DraftOrder) -> StoredOrder:
        found = self.app.orders.get(draft.order.order_key)
        assert found is not None
        return found

    def later(self, settles: float = 1.1) -> SubmitReport:
        """Run again after so many settle times."""
        settle = max(self.app.writers[self.struck.far.system].settle_seconds, 300.0)
        self.struck.far.clock.advance(settle * settles)
        return self.run()


@contextmanager
def struck(route: Route, folder: Path, tamper: Callable[[Any, bytes], bytes] | None = None,
           named: Mapping[str, Any] | None = None) -> Iterator[Struck]:  # fmt: skip
    """Start a route; `tamper` may change the answers to reads."""
    history = History(folder / "history.jsonl")
    try:
        with route.running(folder, **(named or {})) as far:
            if not route.wire:
                yield Struck(far, folder, history)
                return
            script = Script()
            with fault_proxy(far.address, script, history, far.key_of) as proxy:
                proxy.tamper = tamper
                yield Struck(far, folder, history, proxy, script)
    finally:
        history.close()
