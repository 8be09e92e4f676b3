"""A write whose session breaks after the request was sent is doubt, whatever words OpenSSL has for it."""

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from bot.errors import OutcomeUnknown
from bot.wiring.world import SystemClock
from connectors.http import HttpSession
from tests.fakes import ManualClock

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of localhost with its key, in one file."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    day, years = SystemClock().now(), dt.timedelta(days=900)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(day - years).not_valid_after(day + years)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(made.public_bytes(pem) + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return path


class Breaking:
    """Reads a whole order over TLS, then writes plain text into the session, as a failing load balancer does."""

    def __init__(self, certificate: Path, version: ssl.TLSVersion) -> None:
        self.got = b""
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._context.maximum_version = version
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://localhost:{self._socket.getsockname()[1]}"
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self) -> None:
        with self._socket, self._socket.accept()[0] as raw:
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            session = self._context.wrap_bio(incoming, outgoing, server_side=True)
            for step in (session.do_handshake, lambda: self._read(session)):
                while self._wants_more(step):
                    raw.sendall(outgoing.read())
                    incoming.write(raw.recv(65536))
                raw.sendall(outgoing.read())
            raw.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")

    def _read(self, session: ssl.SSLObject) -> None:
        while not self.got.endswith(b"ORDER"):
            self.got += session.read(65536)

    @staticmethod
    def _wants_more(step: object) -> bool:
        try:
            step()  # type: ignore[operator]
        except ssl.SSLWantReadError:
            return True
        return False


@pytest.fixture(params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def broken(request: pytest.FixtureRequest, certificate: Path) -> Iterator[Breaking]:
    server = Breaking(certificate, request.param)
    yield server
    server.thread.join(10)


def test_plain_text_after_the_whole_request_is_doubt(broken: Breaking, certificate: Path) -> None:
    session = HttpSession(broken.url, ManualClock(), verify=str(certificate))
    with pytest.raises(OutcomeUnknown):
        session.send_once("POST", "/PurchaseOrder", b"ORDER", key="K")
    assert broken.got.endswith(b"ORDER")
