"""The sandbox's own certificate authority, kept in the home: the one root that its clients need to trust."""

import ipaddress
import os
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from marketing_pipeline.domain.clock import SystemClock

_YEARS = timedelta(days=3 * 365)
_DAY = timedelta(days=1)
_AUTHORITY = "Sandbox Google Ads authority"
_PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Authority:
    """Made at the first start and kept, since a process reads the roots it trusts only once."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.root = folder / "ca.pem"
        """The certificate that clients trust, for GRPC_DEFAULT_SSL_ROOTS_FILE_PATH."""
        secret = folder / "ca.key"
        if not self._usable(secret):
            self._make(secret)
        self._certificate = x509.load_pem_x509_certificate(self.root.read_bytes())
        loaded = serialization.load_pem_private_key(secret.read_bytes(), None)
        assert isinstance(loaded, ec.EllipticCurvePrivateKey)
        self._key = loaded

    def server_certificate(self) -> tuple[bytes, bytes]:
        """A fresh key and certificate for loopback, as PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        hosts = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        certificate = (
            _certificate("localhost", self._certificate.subject, key)
            .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        return _private_pem(key), certificate.public_bytes(serialization.Encoding.PEM)

    def service_account_key(self) -> str:
        """The private key, as PEM, with which clients ask for access tokens. It opens nothing but the sandbox."""
        kept = self.root.with_name("service_account.key")
        if not kept.exists():
            write_private(kept, _private_pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)))
        return kept.read_text(encoding="utf-8")

    def _usable(self, secret: Path) -> bool:
        if not (self.root.exists() and secret.exists()):
            return False
        certificate = x509.load_pem_x509_certificate(self.root.read_bytes())
        return certificate.not_valid_after_utc > SystemClock().now() + _DAY

    def _make(self, secret: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _AUTHORITY)])
        certificate = (
            _certificate(_AUTHORITY, name, key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        write_private(secret, _private_pem(key))
        self.root.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _private_pem(key: _PrivateKey) -> bytes:
    """A key as PEM, without a password: it protects nothing but loopback."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def write_private(path: Path, content: bytes) -> None:
    """Write a file that its owner alone may read."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _certificate(subject: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    # Real time: TLS does not know of simulated time.
    now = SystemClock().now()
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _YEARS)
    )
