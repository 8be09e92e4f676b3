"""The error that any part of the Fusion-like server raises, and its body per framework version.

It decides no status itself.
"""

import json


class FusionError(Exception):
    """An answer that is not a success: status, sentences, and the body field they are about."""

    def __init__(self, status: int, *details: str, path: str = "") -> None:
        super().__init__("; ".join(details))
        self.status = status
        self.details = details
        self.path = path


_TITLES = {
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    409: "Conflict", 412: "Precondition Failed", 415: "Unsupported Media Type", 429: "Too Many Requests",
    500: "Internal Server Error", 503: "Service Unavailable",
}  # fmt: skip


def error_body(error: FusionError, framework: int) -> tuple[str, str]:
    """Body and media type: structured from version 4 on, one plain sentence before."""
    if framework < 4:
        return "\n".join(error.details), "text/plain; charset=utf-8"
    entries = [
        {"detail": detail, "o:errorCode": "27024", **({"o:errorPath": error.path} if error.path else {})}
        for detail in error.details
    ]
    body = {"title": _TITLES.get(error.status, "Error"), "status": str(error.status), "o:errorDetails": entries}
    return json.dumps(body), "application/vnd.oracle.adf.error+json"
