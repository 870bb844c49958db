"""Mail servers of the tests: a real one with TLS and logins, and hostile ones."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from callguard.notify.mail_server import MailServer

USER, PASSWORD = "guard", "pass:word/@"


@dataclass
class Mailbox:
    """What a mail server has taken in."""

    mails: list[tuple[str, EmailMessage]] = field(default_factory=list)
    """Recipient and message, in order."""
    refuse: dict[str, str] = field(default_factory=dict)
    """What is said to a recipient, in place of taking their mail."""
    at_data: list[str] = field(default_factory=list)
    """What is said to the next messages, in place of taking them."""
    encrypted: list[bool] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _: list[str]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.at_data:
            return self.at_data.pop(0)
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.mails += [(one, message) for one in envelope.rcpt_tos]
        assert isinstance(server.transport, asyncio.Transport)
        self.encrypted.append(server.transport.get_extra_info("sslcontext") is not None)
        return "250 OK"


def _authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (
        USER.encode(),
        PASSWORD.encode(),
    )
    return AuthResult(success=good, handled=good)


class Certificates:
    """A CA and the certificate of localhost, in files."""

    def __init__(self, folder: Path) -> None:
        self.authority = folder / "ca.pem"
        self.certificate = folder / "server.pem"
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        ).public_bytes(serialization.Encoding.PEM)
        self.authority.write_bytes(certificate)
        self.certificate.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate
        )

    @property
    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        return context


@asynccontextmanager
async def mail_server(
    box: Mailbox,
    certificates: Certificates | None = None,
    *,
    tls: bool = False,
    login: bool = False,
) -> AsyncIterator[MailServer]:
    """Run a mail server; yield how to reach it: with TLS from the start, or by STARTTLS."""
    loop = asyncio.get_running_loop()

    def session() -> SMTP:
        return SMTP(
            box,
            hostname="localhost",
            loop=loop,
            tls_context=certificates.context if certificates and not tls else None,
            authenticator=_authenticate if login else None,
            auth_required=login and not tls,
            auth_require_tls=not tls,
        )

    server = await loop.create_server(
        session, "127.0.0.1", 0, ssl=certificates.context if tls and certificates else None
    )
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield MailServer(
            host="localhost",
            port=port,
            sender="news@guard.example.jp",
            tls=tls,
            user=USER if login else "",
            password=PASSWORD if login else "",
            authority=certificates.authority if certificates else None,
        )


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def hostile_server(talk: Talk) -> AsyncIterator[MailServer]:
    """Run a server that does to each connection what *talk* does; yield how to reach it."""
    talks: list[asyncio.Task[None]] = []

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.append(task)
        with suppress(OSError, asyncio.IncompleteReadError):
            await talk(reader, writer)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield MailServer("127.0.0.1", port, "news@guard.example.jp", tls=False)
    await asyncio.gather(*talks)


def saying(replies: Sequence[bytes]) -> Talk:
    """Say *replies* in turn, whatever is asked, and then nothing."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for reply in replies:
            writer.write(reply)
            await writer.drain()
            if not reply.endswith(b"\n") or not await reader.readline():
                break
        await reader.read()

    return talk


async def dripping(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer a little at a time, without an end."""
    while not writer.is_closing():
        writer.write(b"220-x\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)
