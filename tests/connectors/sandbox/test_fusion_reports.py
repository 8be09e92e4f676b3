"""BI Publisher of the Fusion-like server refuses what the real one refuses."""

import base64
import re
from collections.abc import Iterator

import pytest
import requests

from tests.connectors.sandbox.fusion_pod import Pod, running_pod

pytestmark = pytest.mark.servers
SOAP, V2 = "http://schemas.xmlsoap.org/soap/envelope/", "http://xmlns.oracle.com/oxp/service/v2"


@pytest.fixture(scope="module")
def pod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pod]:
    with running_pod(tmp_path_factory.mktemp("publisher")) as running:
        yield running


def send(pod: Pod, inner: str, action: str = "runReport", media: str = "text/xml; charset=utf-8") -> requests.Response:
    logon = "" if "<v2:userID>" in inner else "<v2:userID>restock</v2:userID><v2:password>restock-demo</v2:password>"
    body = f"<v2:{action}>{inner}{logon}</v2:{action}>"
    text = f'<e:Envelope xmlns:e="{SOAP}" xmlns:v2="{V2}"><e:Header/><e:Body>{body}</e:Body></e:Envelope>'
    url = f"{pod.url}/xmlpserver/services/v2/ReportService"
    return requests.post(url, text.encode(), headers={"Content-Type": media, "SOAPAction": action}, timeout=10)


def request(chunk: int = -1, path: str = "/Custom/Restock/Transactions.xdo", form: str = "csv", **given: str) -> str:
    parameters = {"P_FROM": "2026-01-01", "P_TO": "2026-04-01", "P_ORGANIZATIONS": "M1,M2"} | given
    items = "".join(
        f"<v2:item><v2:name>{name}</v2:name><v2:values><v2:item>{text}</v2:item></v2:values></v2:item>"
        for name, text in parameters.items()
    )
    return (
        f"<v2:reportRequest><v2:attributeFormat>{form}</v2:attributeFormat><v2:parameterNameValues>"
        f"<v2:listOfParamNameValues>{items}</v2:listOfParamNameValues></v2:parameterNameValues>"
        f"<v2:reportAbsolutePath>{path}</v2:reportAbsolutePath>"
        f"<v2:sizeOfDataChunkDownload>{chunk}</v2:sizeOfDataChunkDownload></v2:reportRequest>"
    )


def field(response: requests.Response, name: str) -> str:
    found = re.search(rf"<{name}>(.*?)</{name}>", response.text, re.DOTALL)
    return found[1] if found else ""


def content(response: requests.Response) -> str:
    return base64.b64decode(field(response, "reportBytes")).decode("utf-8-sig")


def test_rows_of_the_days_come_and_the_last_says_how_many(pod: Pod) -> None:
    lines = content(send(pod, request())).splitlines()
    assert lines[0].startswith("RECORD,ROWS_TOTAL,TRANSACTION_ID")
    assert lines[-1].startswith(f"END,{len(lines) - 2},")
    one = content(send(pod, request(P_FROM="2026-02-01", P_TO="2026-02-02"))).splitlines()
    assert all("2026-02-01" in line for line in one[1:-1])
    assert len(content(send(pod, request(P_ORGANIZATIONS="M2"))).splitlines()) < len(lines)


def test_parts_make_the_whole(pod: Pod) -> None:
    all_at_once = base64.b64decode(field(send(pod, request()), "reportBytes"))
    first = send(pod, request(chunk=100))
    name, read = field(first, "reportFileID"), base64.b64decode(field(first, "reportBytes"))
    offset = len(read)
    while offset >= 0:
        inner = f"<v2:fileID>{name}</v2:fileID><v2:beginIdx>{offset}</v2:beginIdx><v2:size>700</v2:size>"
        more = send(pod, inner, "downloadReportDataChunk")
        read += base64.b64decode(field(more, "reportDataChunk"))
        offset = int(field(more, "reportDataOffset"))
    assert read == all_at_once


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        (request(form="xml"), "InvalidParameters"),
        (request(path="/Custom/Other.xdo"), "was not found"),
        (request(P_MORE="1"), "parameters"),
        (request() + "<v2:userID>restock</v2:userID><v2:password>no</v2:password>", "invalid username or password"),
        (request().replace("attributeFormat", "attributeFormats"), "Unexpected element"),
    ],
    ids=["format", "path", "parameter", "password", "element"],
)
def test_what_does_not_fit_is_a_fault(pod: Pod, inner: str, said: str) -> None:
    response = send(pod, inner)
    assert response.status_code == 500
    assert said in field(response, "faultstring")


def test_other_media_types_and_operations_are_refused(pod: Pod) -> None:
    assert send(pod, request(), media="application/json").status_code == 415
    assert send(pod, request(), action="deleteReport").status_code == 500
    lost = "<v2:fileID>x</v2:fileID><v2:beginIdx>0</v2:beginIdx><v2:size>9</v2:size>"
    assert send(pod, lost, "downloadReportDataChunk").status_code == 500
