"""Several reads in one request, as both versions of OData understand it: multipart/mixed out, multipart/mixed back.

It builds and takes apart; sending is the session's business. Writes are never put into a batch.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

BOUNDARY = "restock-batch"
CONTENT_TYPE = f"multipart/mixed; boundary={BOUNDARY}"
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")


@dataclass(frozen=True, slots=True)
class Part:
    """Answer to one read of a batch."""

    status: int
    body: bytes


def build(paths: Sequence[str]) -> bytes:
    """Body of a batch of reads; paths are relative to the service root and already encoded."""
    parts = [
        f"--{BOUNDARY}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        f"GET {path} HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n"
        for path in paths
    ]
    return ("".join(parts) + f"--{BOUNDARY}--\r\n").encode()


def parse(content_type: str, body: bytes) -> list[Part]:
    """Parts of the answer in the order of the reads; ValueError when it is no such answer."""
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        raise ValueError("the answer to a batch has no boundary")
    pieces = body.split(b"--" + boundary[1].encode())
    return [_part(piece) for piece in pieces[1:] if piece.strip() not in {b"", b"--"}]


def _part(piece: bytes) -> Part:
    status = _STATUS.search(piece)
    if status is None:
        raise ValueError("a part of the answer to a batch has no status")
    _, _, rest = piece[status.end() :].partition(b"\r\n\r\n")
    return Part(int(status[1]), rest.strip())
