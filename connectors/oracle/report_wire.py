"""The SOAP envelopes of BI Publisher's ReportService: how a report is asked for, and what its answers hold.

It sends nothing and knows no report; field names are those of the service's second version.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_V2 = "http://xmlns.oracle.com/oxp/service/v2"
CONTENT_TYPE = "text/xml; charset=utf-8"


class UnreadableError(ValueError):
    """The answer is no answer of the service."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a report: its bytes, the id under which more can be fetched, and where to go on (-1 = nowhere)."""

    content: bytes
    file_id: str = ""
    offset: int = -1


def run_report(path: str, parameters: Mapping[str, str], chunk: int, user: str, password: str) -> bytes:
    """Envelope that runs a report as CSV; `chunk` is the most bytes of one answer, -1 = everything at once."""
    items = "".join(
        f"<v2:item>{_tag('name', name)}<v2:values>{_tag('item', text)}</v2:values></v2:item>"
        for name, text in parameters.items()
    )
    request = (
        f"{_tag('attributeFormat', 'csv')}{_tag('attributeLocale', 'en-US')}{_tag('byPassCache', 'true')}"
        f"<v2:parameterNameValues><v2:listOfParamNameValues>{items}</v2:listOfParamNameValues></v2:parameterNameValues>"
        f"{_tag('reportAbsolutePath', path)}{_tag('sizeOfDataChunkDownload', str(chunk))}"
    )
    return _envelope("runReport", f"<v2:reportRequest>{request}</v2:reportRequest>", user, password)


def next_piece(file_id: str, begin: int, size: int, user: str, password: str) -> bytes:
    """Envelope that fetches the next part of a report that was run before."""
    inner = f"{_tag('fileID', file_id)}{_tag('beginIdx', str(begin))}{_tag('size', str(size))}"
    return _envelope("downloadReportDataChunk", inner, user, password)


def first(body: bytes, chunk: int) -> Piece:
    """Answer to `run_report`; UnreadableError when it is none."""
    fields = _fields(body, "runReportReturn")
    content, file_id = _decoded(fields.get("reportBytes")), fields.get("reportFileID", "")
    return Piece(content, file_id, len(content) if chunk > 0 and file_id else -1)


def following(body: bytes) -> Piece:
    """Answer to `next_piece`; UnreadableError when it is none."""
    fields = _fields(body, "downloadReportDataChunkReturn")
    try:
        offset = int(fields.get("reportDataOffset", ""))
    except ValueError:
        raise UnreadableError("a part of the report does not say where to go on") from None
    return Piece(_decoded(fields.get("reportDataChunk")), fields.get("reportDataFileID", ""), offset)


def fault(body: bytes) -> str:
    """What a SOAP fault says; empty when the body holds none."""
    try:
        root = _parsed(body)
    except UnreadableError:
        return ""
    for element in root.iter():
        if _plain(element.tag) == "Fault":
            texts = [child.text or "" for child in element.iter() if _plain(child.tag) in {"faultstring", "Text"}]
            return " ".join(" ".join(texts).split()) or "no reason given"
    return ""


def _tag(name: str, text: str) -> str:
    return f"<v2:{name}>{escape(text)}</v2:{name}>"


def _envelope(operation: str, inner: str, user: str, password: str) -> bytes:
    logon = f"{_tag('userID', user)}{_tag('password', password)}"
    body = f"<soapenv:Body><v2:{operation}>{inner}{logon}</v2:{operation}></soapenv:Body>"
    names = f'xmlns:soapenv="{_SOAP}" xmlns:v2="{_V2}"'
    return f"<soapenv:Envelope {names}><soapenv:Header/>{body}</soapenv:Envelope>".encode()


def _parsed(body: bytes) -> ET.Element:
    try:
        return ET.fromstring(body)  # noqa: S314 - expat stops entity bombs, the session limits the size
    except ET.ParseError:
        raise UnreadableError("the answer is not XML") from None


def _fields(body: bytes, name: str) -> dict[str, str]:
    """Texts below the element with this name, whatever namespace it has."""
    for element in _parsed(body).iter():
        if _plain(element.tag) == name:
            return {_plain(child.tag): child.text or "" for child in element}
    raise UnreadableError(f"the answer has no {name}")


def _plain(tag: str) -> str:
    return tag.rpartition("}")[2]


def _decoded(text: str | None) -> bytes:
    try:
        return base64.b64decode("".join((text or "").split()), validate=True)
    except binascii.Error:
        raise UnreadableError("the report is not Base64") from None
