"""A writer that does what must never be done: it posts again when no answer came."""

from typing import Any

from bot.errors import OutcomeUnknown
from bot.orders.model import DraftOrder
from bot.ports import ErpWriter


class BlindWriter:
    """Retries a create on doubt, as a retrying HTTP library would."""

    def __init__(self, writer: ErpWriter) -> None:
        self._writer = writer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)

    def create(self, draft: DraftOrder) -> str:
        try:
            return self._writer.create(draft)
        except OutcomeUnknown:
            return self._writer.create(draft)
