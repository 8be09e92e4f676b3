"""The exceptions of the ECC-like library, named and built like those of the real one."""


class RFCError(Exception):
    """Base of everything that the library raises."""


class RFCLibError(RFCError):
    """An error with the library's own numbers and names."""

    def __init__(self, message: str = "", code: int = 0, key: str = "", **message_parts: str) -> None:
        super().__init__(message)
        self.message, self.code, self.key = message, code, key
        self.msg_class = message_parts.get("msg_class", "")
        self.msg_type = message_parts.get("msg_type", "")
        self.msg_number = message_parts.get("msg_number", "")


class CommunicationError(RFCLibError):
    """Network, gateway or system."""


class LogonError(RFCLibError):
    """Name or password."""


class ABAPRuntimeError(RFCLibError):
    """A short dump or a message of type A or X."""


class ABAPApplicationError(RFCLibError):
    """An exception that the module declares."""


class ExternalRuntimeError(RFCLibError):
    """A call that the interface does not allow."""
