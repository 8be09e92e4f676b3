"""Errors of the S/4-like server in the body forms of OData V2 and V4.

It decides no status by itself; whoever raises says which.
"""

import json


class ODataError(Exception):
    """An answer other than success; `code` is class/number, `target` the property at fault."""

    def __init__(self, status: int, code: str, message: str, target: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.target = target

    def body(self, version: int, service: str) -> str:
        """JSON text in the form of the version."""
        return json.dumps(self._v4(service) if version == 4 else self._v2(service), ensure_ascii=False)

    def _v2(self, service: str) -> dict[str, object]:
        detail = {
            "code": self.code,
            "message": self.message,
            "propertyref": self.target,
            "severity": "error",
            "target": self.target,
        }
        inner = {
            "application": {
                "component_id": "",
                "service_namespace": "/SAP/",
                "service_id": service,
                "service_version": "0001",
            },
            "transactionid": "0" * 32,
            "errordetails": [detail],
        }
        message = {"lang": "en", "value": self.message}
        return {"error": {"code": self.code, "message": message, "innererror": inner}}

    def _v4(self, service: str) -> dict[str, object]:
        detail = {
            "code": self.code,
            "message": self.message,
            "@SAP__common.Severity": "error",
            "@SAP__common.numericSeverity": 4,
        }
        application = {
            "ComponentId": "",
            "ServiceRepository": "SRVD_A2X",
            "ServiceId": service,
            "ServiceVersion": "0001",
        }
        inner = {
            "@SAP__common.Application": application,
            "@SAP__common.TransactionId": "0" * 32,
            "@SAP__common.Timestamp": "",
            "@SAP__common.ErrorResolution": {},
        }
        error: dict[str, object] = {"code": self.code, "message": self.message}
        if self.target:
            error["target"] = self.target
        error |= {
            "@SAP__common.ExceptionCategory": "Client_Error" if self.status < 500 else "Server_Error",
            "innererror": {"ErrorDetails": inner},
            "details": [detail],
        }
        return {"error": error}


def bad(message: str, target: str = "") -> ODataError:
    """A request that the gateway itself refuses."""
    return ODataError(400, "/IWBEP/CM_MGW_RT/025", message, target)


def missing(what: str) -> ODataError:
    """Something that is not there."""
    return ODataError(404, "/IWBEP/CM_MGW_RT/020", f"Resource not found for {what}")
