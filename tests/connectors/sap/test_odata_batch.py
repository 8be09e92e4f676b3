"""Batches of reads: built and taken apart as the wire has them."""

import pytest

from connectors.sap.odata_batch import CONTENT_TYPE, Part, build, parse

ANSWER = (
    b"--abc\r\nContent-Type: application/http\r\nContent-Length: 99\r\n\r\nHTTP/1.1 200 OK\r\n"
    b'Content-Type: application/json\r\n\r\n{"d":{"results":[]}}\r\n'
    b"--abc\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 404 Not Found\r\nX: y\r\n\r\n<x/>\r\n"
    b"--abc--\r\n"
)


def test_each_read_is_a_part_of_its_own() -> None:
    body = build(["A_Set?$filter=X%20eq%20'1'", "B_Set"]).decode()
    assert body.count("Content-Type: application/http") == 2
    assert "GET A_Set?$filter=X%20eq%20'1' HTTP/1.1\r\n" in body
    assert body.endswith("--restock-batch--\r\n")
    assert "restock-batch" in CONTENT_TYPE


def test_parts_come_back_with_their_own_status() -> None:
    assert parse('multipart/mixed; boundary="abc"', ANSWER) == [
        Part(200, b'{"d":{"results":[]}}'), Part(404, b"<x/>"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("media", "body"), [("application/json", ANSWER), ("multipart/mixed; boundary=abc", b"--abc\r\nx--abc--")]
)
def test_what_is_no_such_answer_is_told(media: str, body: bytes) -> None:
    with pytest.raises(ValueError, match=r"no boundary|no status"):
        parse(media, body)
