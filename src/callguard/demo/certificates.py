"""Certificates of one demo or test: a CA, and what it signs, for a day if not said otherwise."""

import datetime as dt
import ipaddress
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = dt.timedelta(days=1)


class Authority:
    """A CA that writes ``NAME.crt`` and ``NAME.key`` into a folder."""

    def __init__(self, folder: Path, name: str, lifetime: dt.timedelta = _DAY) -> None:
        self.folder = folder
        self.lifetime = lifetime
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = _name(name)
        self.file = self._write(name, self.key, self._certificate(name, self.key, (), ca=True))

    def issue(self, name: str, addresses: Sequence[str] = ("127.0.0.1",)) -> Path:
        """Sign a certificate for *addresses*; return its file. The key is beside it."""
        key = ec.generate_private_key(ec.SECP256R1())
        return self._write(name, key, self._certificate(name, key, addresses, ca=False))

    def _certificate(
        self,
        name: str,
        key: ec.EllipticCurvePrivateKey,
        addresses: Sequence[str],
        *,
        ca: bool,
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        hosts = [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
        made = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _DAY)
            .not_valid_after(now + self.lifetime)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if hosts:
            made = made.add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        return made.sign(self.key, hashes.SHA256())

    def _write(
        self, name: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate
    ) -> Path:
        file = self.folder / f"{name}.crt"
        file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        secret = file.with_suffix(".key")
        secret.touch(mode=0o600)
        secret.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return file


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
