"""Mail, handed in to the server that the settings name (RFC 5321, RFC 6409)."""

import asyncio
import contextlib
import html
import ssl
from collections.abc import AsyncIterator
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime

import aiosmtplib

from ..faults import Failure, Fault
from ..letters import WORDS, Letter
from ..mail_server import MailServer, MailServerError
from .sender import Commit

STEP_SECONDS = 20.0
"""Longest wait for one reply."""
WHOLE_SECONDS = 60.0
"""Longest time for one message: a server that answers a little at a time is left."""
_NO_SUCH_ADDRESS = {550, 551, 553, 556}
"""RFC 5321, section 4.2.3, and RFC 7504."""


class Mail:
    """Sends mail through one server."""

    def __init__(self, server: MailServer | None) -> None:
        """Use *server*; without one, every message fails until there is one."""
        self._server = server

    async def send(self, letter: Letter, commit: Commit) -> Failure | None:
        """Send *letter*; see :class:`.sender.Sender`.

        Until the last step the server has not taken it, so everything before can be tried again.
        What it was handed and did not answer for is tried again too, with the same Message-ID.
        """
        server = self._server
        if server is None:
            return Failure(Fault.NO_MAIL_SERVER)
        message = compose(letter, server.sender)
        try:
            async with asyncio.timeout(WHOLE_SECONDS), connection(server) as smtp:
                await smtp.mail(server.sender)
                try:
                    await smtp.rcpt(letter.address)
                except aiosmtplib.SMTPRecipientRefused as error:
                    known = error.code not in _NO_SUCH_ADDRESS
                    return _refusal(error.code, Fault.REFUSED if known else Fault.ADDRESS)
                await commit()
                await smtp.data(message)
        except ERRORS as error:
            return classify(error)
        return None


@contextlib.asynccontextmanager
async def connection(server: MailServer) -> AsyncIterator[aiosmtplib.SMTP]:
    """Yield a connection that is encrypted where it can be, and must be before a login.

    Raises:
        NoEncryptionError: there is a login, and the server offers no TLS.
        SMTPException, OSError, TimeoutError, MailServerError: as :func:`classify` takes them.

    """
    context = server.context()
    smtp = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        local_hostname=server.sender.rpartition("@")[2],
        timeout=STEP_SECONDS,
        use_tls=server.tls,
        start_tls=False,
        tls_context=context if server.tls else None,
    )
    try:
        await smtp.connect()
        if not server.tls:
            await smtp.ehlo()
            if smtp.supports_extension("starttls"):
                await smtp.starttls(tls_context=context)
            elif server.user:
                raise NoEncryptionError
        if server.user:
            await smtp.login(server.user, server.password)
        yield smtp
        with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
            await smtp.quit(timeout=1)
    finally:
        smtp.close()


class NoEncryptionError(Exception):
    """A password would have crossed the network in clear text."""


ERRORS = (
    aiosmtplib.SMTPException,
    NoEncryptionError,
    MailServerError,
    OSError,
    TimeoutError,
    ValueError,
)


def classify(error: BaseException) -> Failure:
    """Return the fault that an error of a mail connection stands for."""
    causes = (error, error.__cause__, error.__context__)
    match error:
        case NoEncryptionError():
            return Failure(Fault.NO_ENCRYPTION)
        case MailServerError():
            return Failure(Fault.CERTIFICATE)
        case aiosmtplib.SMTPAuthenticationError():
            return Failure(Fault.MAIL_LOGIN, error.code)
        case aiosmtplib.SMTPTimeoutError() | TimeoutError():
            return Failure(Fault.TIMEOUT)
        case aiosmtplib.SMTPResponseException():
            return _refusal(error.code, Fault.REFUSED)
        case _ if any(isinstance(one, ssl.SSLError) for one in causes):
            return Failure(Fault.CERTIFICATE)
    return Failure(Fault.UNREACHABLE)


def _refusal(code: int, lasting: Fault) -> Failure:
    return Failure(lasting if 500 <= code <= 599 else Fault.BUSY, code)


def compose(letter: Letter, sender: str) -> bytes:
    """Return *letter* as a mail in plain text and simple HTML, in ASCII as every server takes it.

    Its Message-ID is the same at each try: what arrives twice after all, many servers show once.
    """
    domain = sender.rpartition("@")[2]
    message = EmailMessage(policy=SMTP_POLICY.clone(cte_type="7bit"))
    message["Subject"] = letter.title
    message["From"] = Address("callguard", *sender.rsplit("@", 1))
    message["Date"] = format_datetime(letter.at)
    message["Message-ID"] = f"<{letter.reference}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office reply
    more, why = (WORDS.say(key, letter.language) for key in ("more", "why-told"))
    message.set_content(f"{letter.text}\n\n{more}\n{letter.link}\n\n{why}\n")
    lines = "<br>\n".join(html.escape(line) for line in letter.text.splitlines())
    link = html.escape(letter.link)
    message.add_alternative(
        f'<!doctype html>\n<html lang="{letter.language}">\n<body style="font-size:18px">\n'
        f"<p>{lines}</p>\n<p>{html.escape(more)}<br>\n"
        f'<a href="{link}">{link}</a></p>\n<p><small>{html.escape(why)}</small></p>\n'
        "</body>\n</html>\n",
        subtype="html",
    )
    return _with_recipient(message.as_bytes(), letter.address)


def _with_recipient(message: bytes, address: str) -> bytes:
    """Add the header To as it is: the email package rewrites addresses such as ``a..b.@…``."""
    return b"To: " + address.encode("ascii") + b"\r\n" + message
