"""Reads of a batch, taken apart and put together as a gateway does; change sets are not offered.

It answers nothing by itself: whoever calls it gives the answer to each part.
"""

import re
from collections.abc import Callable, Iterable

from connectors.sandbox.odata_errors import bad

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')
_CALL = re.compile(rb"^(GET|POST|PATCH|PUT|MERGE|DELETE) (\S+) HTTP/1\.1", re.MULTILINE)
OUT = "gateway-answer"


def paths(content_type: str, body: bytes) -> list[str]:
    """Relative addresses of the reads; 400 for anything else."""
    boundary = _BOUNDARY.search(content_type)
    if not content_type.startswith("multipart/mixed") or boundary is None:
        raise bad("A batch must be multipart/mixed with a boundary")
    found = []
    for piece in body.split(b"--" + boundary[1].encode())[1:]:
        if piece.strip() in {b"", b"--"}:
            continue
        call = _CALL.search(piece)
        if call is None or call[1] != b"GET" or b"application/http" not in piece:
            raise bad("A part of the batch is no read")
        found.append(call[2].decode())
    return found


def together(answers: Iterable[tuple[int, str]]) -> bytes:
    """Body of the answer."""
    parts = [
        f"--{OUT}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n\r\n{text}\r\n"
        for status, text in answers
    ]
    return ("".join(parts) + f"--{OUT}--\r\n").encode()


def answer(content_type: str, body: bytes, each: Callable[[str], tuple[int, str]]) -> bytes:
    """Answer every read of the batch by `each`, which is given its address and returns status and JSON."""
    return together(each(path) for path in paths(content_type, body))
