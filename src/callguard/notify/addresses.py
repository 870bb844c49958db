"""Where messages may go: mail addresses, web-push subscriptions, addresses of other services.

Checked when they are entered, without a network. What a name resolves to is checked again when a
connection is made (:mod:`.senders.egress`): a name can point elsewhere by then.
"""

import base64
import binascii
import ipaddress
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from .refusals import NoticeRefused, Trouble

MAX_MAIL = 254
"""RFC 5321, section 4.5.3.1.3: a path has 256 characters, two of them brackets."""
MAX_ENDPOINT = 1000
MAX_SERVICE = 500

_MAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{1,62}"
)
"""Two dots in a row, or one before the @, are against RFC 5321, and common on Japanese mobiles."""


def mail_address(text: str) -> str:
    """Return *text* as a mail address, its domain in lower case.

    Raises:
        NoticeRefused: it is none.

    """
    typed = text.strip()
    if len(typed) > MAX_MAIL or not _MAIL.fullmatch(typed):
        raise NoticeRefused(
            Trouble.BAD_MAIL, "this is not a mail address; write it like hanako@example.jp"
        )
    local, _, domain = typed.rpartition("@")
    return f"{local}@{domain.lower()}"


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a browser gave when it subscribed to push messages (Push API, RFC 8030, RFC 8291)."""

    endpoint: str
    p256dh: str
    auth: str

    def to_json(self) -> str:
        """Return it in the form in which a browser gives it."""
        return json.dumps(
            {"endpoint": self.endpoint, "keys": {"p256dh": self.p256dh, "auth": self.auth}}
        )


def push_subscription(text: str, *, private_targets: bool = False) -> Subscription:
    """Read the JSON of a web-push subscription.

    ``private_targets`` says whether it may lie within one's own network, and be without TLS.

    Raises:
        NoticeRefused: it is none, or its endpoint may not be reached from here.

    """
    try:
        content: Any = json.loads(text)
        endpoint, keys = content["endpoint"], content["keys"]
        p256dh, auth = keys["p256dh"], keys["auth"]
        # A point of P-256, uncompressed, and 16 bytes: RFC 8291, section 3.
        sound = len(_base64url(p256dh)) == 65 and len(_base64url(auth)) == 16
        url = urlsplit(endpoint)
        port = url.port
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        sound = False
    if not sound or not _plain(endpoint, MAX_ENDPOINT) or not url.hostname or port == 0:
        raise NoticeRefused(
            Trouble.BAD_PUSH, "the browser's subscription cannot be read; subscribe again"
        )
    if url.scheme != "https" and not (private_targets and url.scheme == "http"):
        raise NoticeRefused(Trouble.BAD_PUSH, "a push service is reached by https only")
    if not private_targets:
        _refuse_private(url.hostname)
    return Subscription(endpoint, p256dh, auth)


def _base64url(text: Any) -> bytes:
    if not isinstance(text, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,100}={0,2}", text):
        raise ValueError("not base64url")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("not base64url") from error


@dataclass(frozen=True, slots=True)
class Service:
    """A kind of service that apprise reaches."""

    name: str
    example: str
    own_host: bool = False
    """Its address names a host, which somebody runs; otherwise the host is the service's own."""
    clear: bool = False
    """It speaks HTTP without TLS."""


SERVICES: dict[str, Service] = {
    "line": Service("LINE", "line://TOKEN/USER"),
    "ntfy": Service("ntfy", "ntfy://TOPIC", own_host=True, clear=True),
    "ntfys": Service("ntfy", "ntfys://HOST/TOPIC", own_host=True),
    "slack": Service("Slack", "slack://TOKEN_A/TOKEN_B/TOKEN_C"),
    "discord": Service("Discord", "discord://WEBHOOK_ID/WEBHOOK_TOKEN"),
    "tgram": Service("Telegram", "tgram://BOT_TOKEN/CHAT_ID"),
    "pover": Service("Pushover", "pover://USER_KEY@TOKEN"),
    "gotify": Service("Gotify", "gotify://HOST/TOKEN", own_host=True, clear=True),
    "gotifys": Service("Gotify", "gotifys://HOST/TOKEN", own_host=True),
    "mmost": Service("Mattermost", "mmost://HOST/TOKEN", own_host=True, clear=True),
    "mmosts": Service("Mattermost", "mmosts://HOST/TOKEN", own_host=True),
    "json": Service("webhook", "json://HOST/PATH", own_host=True, clear=True),
    "jsons": Service("webhook", "jsons://HOST/PATH", own_host=True),
}
"""The schemes of apprise that are let through. Others run programs, read files or speak to the
machine itself; these speak HTTP, which :mod:`.senders.egress` can watch."""


def service_url(text: str, *, private_targets: bool = False) -> str:
    """Return *text* as an apprise URL that may be used.

    ``private_targets`` says whether it may lie within one's own network, and be without TLS.

    Raises:
        NoticeRefused: it is none, of an unknown service, or leads where nothing may go.

    """
    url = text.strip()
    scheme, _, _ = url.partition("://")
    service = SERVICES.get(scheme.lower())
    if service is None:
        known = ", ".join(f"{one}://" for one in SERVICES)
        raise NoticeRefused(Trouble.UNKNOWN_SERVICE, f"an address begins with one of {known}")
    try:
        parts = urlsplit(url)
        port = parts.port if service.own_host else None
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), None
    # Parameters could name a local file as a template, or a picture to fetch.
    if not _plain(url, MAX_SERVICE) or not parts.hostname or "?" in url or "#" in url or port == 0:
        raise NoticeRefused(
            Trouble.BAD_SERVICE,
            f"this is not an address of {service.name}; write it like {service.example}, "
            "without ? and #",
        )
    if service.own_host and not _at_ntfy(parts) and not private_targets:
        if service.clear:
            raise NoticeRefused(
                Trouble.CLEAR_TEXT,
                f"{scheme}:// sends without encryption; write {scheme}s:// for a server with TLS",
            )
        _refuse_private(parts.hostname)
    return url


def shown(url: str) -> str:
    """Return of an apprise URL what may be shown: the service and its host, never a token."""
    parts = urlsplit(url)
    service = SERVICES[parts.scheme]
    if service.own_host and not _at_ntfy(parts):
        return f"{service.name} ({parts.hostname})"
    return service.name


def is_private(address: str) -> bool:
    """Tell whether an IP address is one that the Internet does not route to."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo and found.teredo[1])
        if inner:
            found = inner
        elif found in _NAT64:
            found = ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)
    return not found.is_global or found.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052: an IPv4 address behind a translator."""


def _at_ntfy(parts: SplitResult) -> bool:
    """Tell whether an address of ntfy names a topic only: it is then at ntfy's own server."""
    return parts.scheme in {"ntfy", "ntfys"} and not parts.path.strip("/")


def _refuse_private(host: str) -> None:
    name = host.rstrip(".").lower()
    try:
        private = is_private(name)
    except ValueError:
        # "127.1" or "0x7f000001" are addresses to some resolvers: a name's end has letters.
        last = name.rpartition(".")[2]
        private = (
            "." not in name
            or not last.isascii()
            or not last[:1].isalpha()
            or last in {"local", "internal", "localhost", "lan", "home", "arpa"}
        )
    if private:
        raise NoticeRefused(
            Trouble.PRIVATE_TARGET,
            "this address is not on the Internet; the setting news_private_targets allows it",
        )


def _plain(text: str, longest: int) -> bool:
    """Tell whether *text* is of printable ASCII without blanks, as a URL is."""
    return len(text) <= longest and re.fullmatch(r"[!-~]+", text) is not None
