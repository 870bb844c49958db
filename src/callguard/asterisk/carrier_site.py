"""The values of one node at an exchange: the trunks that calls come in and go back by."""

import re
import secrets
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import ClassVar

from .conf import SiteError, section
from .site import Site

CODECS = ("ulaw", "alaw", "g722")
"""What an announcement can be played in."""

MAX_ANNOUNCEMENTS = 300
"""Refusals that one node announces at the same time: each holds a channel for ten seconds."""


@dataclass(frozen=True, slots=True)
class Ingress:
    """A trunk that calls come in by."""

    name: str
    match: tuple[str, ...]
    """Its addresses: IP addresses with or without a port, networks."""
    abroad: bool = False
    """All of its calls come from abroad, whatever their caller ID says."""
    outbound: bool = False
    """Its calls are those of the exchange's own lines, on their way out."""

    def __post_init__(self) -> None:
        """Check what would be part of Asterisk's and Kamailio's configuration.

        Raises:
            SiteError: a name or an address that cannot be used.

        """
        _check_name("ingress", self.name)
        if self.abroad and self.outbound:
            raise SiteError(f"ingress {self.name}: its calls are from abroad or outbound, not both")
        if not self.match:
            raise SiteError(f"ingress {self.name}: match is empty; give the trunk's addresses")
        for one in self.match:
            check_address(f"ingress {self.name}: match", one, networks=True)


@dataclass(frozen=True, slots=True)
class Egress:
    """A trunk that calls go back to the exchange by."""

    name: str
    contact: str
    """Its host:port."""
    options: bool = True
    """It answers OPTIONS, and gets no calls while it does not."""

    def __post_init__(self) -> None:
        """Check what would be part of Asterisk's and Kamailio's configuration.

        Raises:
            SiteError: a name or an address that cannot be used.

        """
        _check_name("egress", self.name)
        check_address(f"egress {self.name}: contact", self.contact)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierSite(Site):
    """The values of one node at an exchange."""

    ingresses: tuple[Ingress, ...] = ()
    egresses: tuple[Egress, ...] = ()
    edges: tuple[str, ...] = ()
    """Addresses of the Kamailios, with or without a port, whose word on a call's trunk counts."""
    codecs: tuple[str, ...] = CODECS
    direct_media: bool = False
    """The sound of a call that is put through goes past this node."""
    max_calls: int = 0
    """Calls at the same time; one more is for another node. 0: as many as there are."""
    max_announcements: int = MAX_ANNOUNCEMENTS
    mark_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    """Seals the marks of calls that have been screened; all nodes of an exchange share it."""

    profile: ClassVar[str] = "carrier"

    def __post_init__(self) -> None:
        """Check what would be part of Asterisk's configuration.

        Raises:
            SiteError: a value that cannot be used.

        """
        if not self.egresses:
            raise SiteError("there is no egress; name one trunk that calls go back by")
        if not (self.ingresses or self.edges):
            raise SiteError("there is no ingress and no edge; name where calls come from")
        for kind, names in (
            ("ingress", [one.name for one in self.ingresses]),
            ("egress", [one.name for one in self.egresses]),
        ):
            twice = {name for name in names if names.count(name) > 1}
            if twice:
                raise SiteError(f"{kind} {min(twice)} is there twice; give each its own name")
        for one in self.edges:
            check_address("edge", one)
        for codec in self.codecs:
            if codec not in CODECS:
                raise SiteError(f"codec {codec!r}: there are {', '.join(CODECS)}")
        if not re.fullmatch("[0-9a-zA-Z]{16,64}", self.mark_secret):
            raise SiteError("mark_secret is not 16 to 64 letters and digits")

    def globals(self) -> dict[str, object]:
        """Return the global variables of the dialplan."""
        return {
            **Site.globals(self),
            "CALLGUARD_EGRESSES": "-".join(one.name for one in self.egresses),
            "CALLGUARD_LAST_RESORT": self.egresses[-1].contact,
            "CALLGUARD_MARK_SECRET": self.mark_secret,
            "CALLGUARD_ANNOUNCEMENTS": self.max_announcements,
        }

    def options(self) -> dict[str, object]:
        """Return what Asterisk itself is told: the section ``options`` of ``asterisk.conf``."""
        return {"maxcalls": self.max_calls} if self.max_calls else {}

    def pjsip(self) -> str:
        """Return the sections of ``site/pjsip.conf``."""
        common = {
            "allow": ",".join(self.codecs),
            "direct_media": "yes" if self.direct_media else "no",
        }
        parts = [Site.pjsip(self)]
        for ingress in self.ingresses:
            abroad = "CALLGUARD_ABROAD=1" if ingress.abroad else ""
            name = f"ingress-{ingress.name}"
            parts += [
                section(
                    name,
                    "outbound" if ingress.outbound else "ingress",
                    **common,
                    set_var=abroad,
                ),
                section(name, type="identify", endpoint=name, match=",".join(ingress.match)),
            ]
        if self.edges:
            parts += [
                section("edge", "edge", **common),
                section("edge", type="identify", endpoint="edge", match=",".join(self.edges)),
            ]
        for egress in self.egresses:
            name = f"egress-{egress.name}"
            silent = {} if egress.options else {"qualify_frequency": 0}
            parts += [
                section(name, "egress", **common, aors=name),
                section(name, "egress-aor", contact=f"sip:{egress.contact}", **silent),
            ]
        return "".join(parts)


def _check_name(what: str, name: str) -> None:
    if not re.fullmatch("[a-z0-9]{1,20}", name):
        raise SiteError(f"{what} {name!r}: a name is 1 to 20 small letters and digits")


def check_address(what: str, text: str, *, networks: bool = False) -> tuple[str, int]:
    """Return address or network, and port (0 if none), of ``ADDRESS``, ``ADDRESS:PORT`` or both.

    Names are not looked up: no call waits for a name server.

    Raises:
        SiteError: it is none.

    """
    address, colon, port = text.partition(":")
    try:
        if networks and not colon:
            return str(ip_network(address)), 0
        ip_address(address)
    except ValueError:
        kinds = "an IPv4 address or network" if networks else "an IPv4 address"
        raise SiteError(f"{what}: {text!r} is not {kinds}, such as 192.0.2.1:5060") from None
    if colon and not (port.isascii() and port.isdecimal() and 0 < int(port) < 65_536):
        raise SiteError(f"{what}: {text!r} has no port from 1 to 65535")
    return address, int(port or 0)
