"""The mail server that the settings name."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .addresses import mail_address
from .refusals import NoticeRefused

_PORTS = {"smtp": 587, "smtps": 465}
"""Message submission: RFC 6409, and RFC 8314 for the one with TLS from the start."""


class MailServerError(Exception):
    """The settings do not name a usable mail server; the message says which one, and what would."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in, and from whom."""

    host: str
    port: int
    sender: str
    tls: bool
    """TLS from the start (``smtps``); otherwise by STARTTLS, where the server offers it."""
    user: str = ""
    password: str = field(default="", repr=False)
    authority: Path | None = None
    """PEM file of the CA that signed its certificate; the machine's CAs if None."""

    def context(self) -> ssl.SSLContext:
        """Return what its certificate is checked by.

        Raises:
            MailServerError: the CA's file cannot be used.

        """
        try:
            return ssl.create_default_context(cafile=self.authority)
        except (OSError, ssl.SSLError) as error:
            raise MailServerError(
                f"smtp_ca: {self.authority} is no PEM file of a CA that can be read"
            ) from error

    @classmethod
    def read(cls, url: str, sender: str, authority: Path | None = None) -> "MailServer | None":
        """Read the settings ``smtp_url``, ``smtp_from`` and ``smtp_ca``; None without a URL.

        Raises:
            MailServerError: they cannot be used.

        """
        if not url:
            return None
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        sound = parts.scheme in _PORTS and parts.hostname and parts.path in {"", "/"}
        if not sound or parts.query or parts.fragment or port == 0:
            # Without its value: it may hold a password.
            raise MailServerError(
                "smtp_url cannot be read; write smtp://USER:PASSWORD@HOST:587, smtps://… for TLS "
                "from the start, and special characters of the password as %XX"
            )
        try:
            address = mail_address(sender)
        except NoticeRefused as refusal:
            raise MailServerError(
                f"smtp_from is {sender!r}; give the mail address that news comes from"
            ) from refusal
        return cls(
            host=parts.hostname or "",
            port=port or _PORTS[parts.scheme],
            sender=address,
            tls=parts.scheme == "smtps",
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            authority=authority,
        )
