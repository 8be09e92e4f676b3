"""Runs reports of BI Publisher and returns their CSV whole; what is cut off or refused never looks like a report.

It knows no columns; running a report changes nothing, so it may be asked for again.
"""

from collections.abc import Callable, Iterator, Mapping
from xml.sax.saxutils import escape

from bot.errors import NeedsAdmin, Retryable, StopRun
from bot.ports import Clock
from bot.ports_reading import Pages
from connectors.answers import Answer, Limits
from connectors.http import HttpSession, no_auth
from connectors.oracle import report_wire as wire
from connectors.oracle.settings import FusionSettings
from connectors.pace import pace_of

SERVICE = "/xmlpserver/services/v2/ReportService"
_MOST = 256 << 20  # bytes of one report after decoding
_NEVER_HELPS = ("password", "log into", "accessdenied", "access denied", "invalidparameters", "not found")
_REPORT = "Report the answer to the administrator of the Fusion system; nothing is ordered on doubtful lists."


class ReportService:
    """BI Publisher of one pod; raises Retryable, NeedsAdmin or StopRun."""

    def __init__(self, settings: FusionSettings, clock: Clock) -> None:
        self._user, self._password = settings.report_logon()
        self._chunk = settings.report_chunk_bytes
        seconds = settings.report_seconds
        limits = Limits(read=seconds, call=seconds, total=2 * seconds, attempts=3, body=2 * self._chunk + (64 << 10))
        base, verify = settings.base_url.rstrip("/"), settings.ca_bundle or True
        pace = pace_of(base, clock, settings.max_concurrent, settings.requests_per_second)
        self._session = HttpSession(base, clock, no_auth(), limits, verify=verify, pace=pace)
        for secret in (self._password, escape(self._password)):
            self._session.redact.add(secret)
        self.kept: Pages | None = None  # reports of a reading under way

    def csv(self, path: str, parameters: Mapping[str, str], *, lasting: bool = False) -> bytes:
        """Run a report and return its CSV; parameters are texts by name.

        `lasting` reports, histories and master data, may be what a killed run has kept of the same pod and user.
        """
        asked = "&".join(f"{key}={text}" for key, text in sorted(parameters.items()))
        name = f"{self._session.base_url}{path} as {self._user}?{asked}"
        kept = self.kept if lasting else None
        known = kept.get(name) if kept else None
        if known is not None:
            return known
        found = bytearray()
        for piece in self._pieces(path, parameters):
            found += piece
            if len(found) > _MOST:
                remedy = "Set report_days lower, so that one run of the report gives fewer rows."
                raise NeedsAdmin(f"the report is larger than {_MOST >> 20} MiB", path, remedy)
        content = bytes(found)
        if kept:
            kept.put(name, content)
        return content

    def _pieces(self, path: str, parameters: Mapping[str, str]) -> Iterator[bytes]:
        request = wire.run_report(path, parameters, self._chunk, self._user, self._password)
        piece = self._asked(path, "runReport", request, lambda body: wire.first(body, self._chunk))
        yield piece.content
        file_id, begin = piece.file_id, piece.offset
        while begin >= 0:
            request = wire.next_piece(file_id, begin, self._chunk, self._user, self._password)
            piece = self._asked(path, "downloadReportDataChunk", request, wire.following)
            if piece.file_id not in {"", file_id} or (piece.offset >= 0 and piece.offset != begin + len(piece.content)):
                raise StopRun(f"report {path}: part {begin} came as {piece.offset} of {piece.file_id}", _REPORT)
            if piece.offset == begin:
                raise StopRun(f"report {path}: the part at {begin} is empty and not the last", _REPORT)
            yield piece.content
            begin = piece.offset

    def _asked(self, path: str, action: str, body: bytes, read: Callable[[bytes], wire.Piece]) -> wire.Piece:
        headers = {"Content-Type": wire.CONTENT_TYPE, "SOAPAction": action, "Accept": "text/xml"}
        answer = self._session.ask(SERVICE, body, headers=headers, allow=(500,))
        if (said := wire.fault(answer.body)) or answer.status == 500:
            raise self._refusal(path, said, answer)
        try:
            return read(answer.body)
        except wire.UnreadableError as error:
            raise Retryable(f"report {path}: {error}") from None

    def _refusal(self, path: str, said: str, answer: Answer) -> NeedsAdmin | Retryable:
        what = self._session.redact(f"report {path}: {said or f'HTTP {answer.status}'}")
        if any(word in said.lower() for word in _NEVER_HELPS):
            remedy = "Check report_paths, that the user may run the report, and report_user; docs/connect-oracle.md."
            return NeedsAdmin(what, SERVICE, remedy)
        return Retryable(what)
