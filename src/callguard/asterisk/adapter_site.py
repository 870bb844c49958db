"""From a home adapter's settings to the site of its Asterisk: every value is looked at here."""

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from ..settings import Settings, SettingsError
from .adapter import Adapter
from .conf import national
from .gateway import Gateway
from .site import HouseholdSite
from .telephone import Telephone

CODECS = ("ulaw", "alaw", "g722")
MIN_AMI_SECRET = 16
"""Characters: with it, one can meddle with calls in progress."""
SIP_PORT = 5060
_LABEL = "[0-9A-Za-z]([0-9A-Za-z-]{0,61}[0-9A-Za-z])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})*")
_USER = re.compile(r"[0-9A-Za-z._+-]{1,64}")
_AUTH_USER = re.compile(r"[0-9A-Za-z._+@-]{1,64}")


class Kind(StrEnum):
    """What the line comes out of."""

    HGW = "hgw"
    """A home gateway of ひかり電話, at which the adapter registers as a SIP extension."""
    NGN = "ngn"
    """NTT's NGN itself, without a home gateway."""
    PROVIDER = "provider"
    """A provider of IP telephony, at which one registers with a password."""
    FXO = "fxo"
    """A gateway of one's own with an FXO port, for an analogue line."""


def household_site(adapter: Adapter, settings: Settings) -> HouseholdSite:
    """Return the site that *adapter* describes, beside the callguard of *settings*.

    Raises:
        SettingsError: a setting is missing, or one that cannot be used; the message says which.
        SiteError: a value that Asterisk cannot be given.

    """
    _must_have(adapter, "line", "the home's telephone number, such as 0422-99-0000")
    number = national("line", adapter.line)
    kind = _kind(adapter)
    gateway = _GATEWAYS[kind](adapter, number)
    network_bind = _bind("network_bind", adapter.network_bind) if adapter.network_bind else ""
    if network_bind:
        gateway = replace(gateway, transport="transport-network")
    return HouseholdSite(
        folder=_folder(adapter, settings),
        agi=f"{settings.agi_host}:{settings.agi_port}",
        fallback=_fallback(),
        ami_port=settings.ami_port,
        ami_secret=_ami_secret(settings),
        recordings=settings.recordings_spool,
        sip_bind=_bind("sip_bind", _must_have(adapter, "sip_bind", _OWN_ADDRESS), home=True),
        rtp_ports=_rtp_ports(adapter.rtp_ports),
        early_media=_switch("early_media", adapter.early_media, default=kind is not Kind.FXO),
        line=adapter.line,
        phones=_phones(adapter),
        gateway=gateway,
        codecs=_codecs(adapter.codecs),
        network_bind=network_bind,
        scam_key=adapter.scam_key,
        family_key=adapter.family_key,
        consultation=_consultation(settings),
    )


def _hgw(adapter: Adapter, number: str) -> Gateway:
    server = _address_with_port("server", _must_have(adapter, "server", _SERVER[Kind.HGW]))
    host = server.partition(":")[0]
    user = _user(adapter, "the extension that the gateway has given this adapter, such as 3")
    return Gateway(
        contact=f"sip:{server}",
        match=_match(adapter, host),
        registrar=f"sip:{server}",
        account=f"sip:{user}@{host}",
        contact_user=user,
        auth_user=_auth_user(adapter, user.zfill(4)),
        secret=adapter.secret,
        from_user=user,
        from_domain=host,
    )


def _ngn(adapter: Adapter, number: str) -> Gateway:
    server = _address_with_port("server", _must_have(adapter, "server", _SERVER[Kind.NGN]))
    domain = _host("domain", _must_have(adapter, "domain", "the SIP domain, as DHCP tells it"))
    bind = _must_have(adapter, "network_bind", "the address that NGN has given this machine, :5060")
    if not bind.endswith(f":{SIP_PORT}"):
        raise SettingsError(
            f"network_bind is {bind!r}; NGN answers port {SIP_PORT} only: end it with :{SIP_PORT}"
        )
    return Gateway(
        contact=f"sip:{server}",
        match=_match(adapter, server.partition(":")[0]),
        registrar=f"sip:{domain}",
        account=f"sip:{number}@{domain}",
        proxy=server,
        contact_user=number,
        from_user=number,
        from_domain=domain,
        seconds=3600,
    )


def _provider(adapter: Adapter, number: str) -> Gateway:
    server = _host_with_port("server", _must_have(adapter, "server", _SERVER[Kind.PROVIDER]))
    domain = _host("domain", adapter.domain) if adapter.domain else server.partition(":")[0]
    user = _user(adapter, "the SIP user name of the account")
    _must_have(adapter, "secret", "the SIP password, by secret_file")
    return Gateway(
        contact=f"sip:{server}",
        match=_match(adapter),
        registrar=f"sip:{server}",
        account=f"sip:{user}@{domain}",
        proxy=_host_with_port("proxy", adapter.proxy) if adapter.proxy else "",
        contact_user=user,
        auth_user=_auth_user(adapter, user),
        secret=adapter.secret,
        from_user=user,
        from_domain=domain,
        behind_nat=True,
    )


def _fxo(adapter: Adapter, number: str) -> Gateway:
    server = _address_with_port("server", _must_have(adapter, "server", _SERVER[Kind.FXO]))
    # With the port: behind another port of the same gateway there may be a telephone.
    return Gateway(contact=f"sip:{server}", match=_match(adapter, server), from_user=number)


_GATEWAYS: dict[Kind, Callable[[Adapter, str], Gateway]] = {
    Kind.HGW: _hgw,
    Kind.NGN: _ngn,
    Kind.PROVIDER: _provider,
    Kind.FXO: _fxo,
}
_OWN_ADDRESS = "this machine's own address at home and the port, such as 192.168.1.10:5060"
_SERVER = {
    Kind.HGW: "the home gateway's address, such as 192.168.1.1",
    Kind.NGN: "the SIP server's address, as DHCP tells it (option 120)",
    Kind.PROVIDER: "the provider's SIP server, such as sip.example.jp",
    Kind.FXO: "the gateway's address and the port of its FXO side, such as 192.168.1.30:5062",
}


def _must_have(adapter: Adapter, name: str, example: str) -> str:
    value = str(getattr(adapter, name))
    if not value:
        raise SettingsError(f"[household] has no {name}; give {example}")
    return value


def _kind(adapter: Adapter) -> Kind:
    known = ", ".join(Kind)
    try:
        return Kind(_must_have(adapter, "gateway", f"one of {known}"))
    except ValueError as error:
        raise SettingsError(f"gateway is {adapter.gateway[:40]!r}; give one of {known}") from error


def _host(name: str, value: str) -> str:
    if not _HOST.fullmatch(value):
        raise SettingsError(
            f"{name} is {value[:80]!r}; give an IPv4 address or a name, such as sip.example.jp"
        )
    return value


def _host_with_port(name: str, value: str) -> str:
    host, colon, port = value.partition(":")
    _host(name, host)
    if colon:
        _port(name, value, port)
    return value


def _address_with_port(name: str, value: str) -> str:
    """Return an IPv4 address that a call can come from, with a port or without."""
    host, colon, port = value.partition(":")
    _address(name, value, host)
    if colon:
        _port(name, value, port)
    return value


def _address(name: str, value: str, host: str) -> IPv4Address:
    try:
        address = IPv4Address(host)
    except ValueError as error:
        raise SettingsError(
            f"{name} is {value[:80]!r}; give an IPv4 address, such as 192.168.1.1: by it the calls "
            "of the network are known"
        ) from error
    if address.is_unspecified or address.is_multicast:
        raise SettingsError(f"{name} is {value!r}, which is nobody's address; give one machine's")
    return address


def _port(name: str, value: str, port: str) -> int:
    if port.isascii() and port.isdecimal() and len(port) <= 5 and 0 < int(port) < 65_536:
        return int(port)
    raise SettingsError(f"{name} is {value[:80]!r}; after the colon give a port from 1 to 65535")


def _bind(name: str, value: str, *, home: bool = False) -> str:
    """Return an address of this machine's to listen at: one, and at home none that is public."""
    host, colon, port = value.partition(":")
    try:
        address = IPv4Address(host)
    except ValueError as error:
        raise SettingsError(f"{name} is {value[:80]!r}; give {_OWN_ADDRESS}") from error
    if address.is_unspecified or address.is_multicast:
        raise SettingsError(
            f"{name} is {value!r}: Asterisk would listen on every network that this machine is in; "
            f"give {_OWN_ADDRESS}"
        )
    if home and not address.is_private:
        raise SettingsError(
            f"{name} is {value!r}, a public address: anybody could try the telephones' secrets; "
            f"give {_OWN_ADDRESS}"
        )
    if not colon:
        return f"{value}:{SIP_PORT}"
    _port(name, value, port)
    return value


def _match(adapter: Adapter, *own: str) -> str:
    """Return the addresses that calls from the network come from, *own* first."""
    further = [word.strip() for word in adapter.match.split(",")] if adapter.match else []
    for word in further:
        try:
            network = IPv4Network(word)
        except ValueError as error:
            raise SettingsError(
                f"match has {word[:40]!r}; give addresses or networks with commas, such as "
                "203.0.113.0/28"
            ) from error
        if network.prefixlen < 8:
            raise SettingsError(
                f"match has {word!r}, half of the world: whoever calls from there would be "
                "believed; give the provider's own addresses"
            )
    return ",".join([*own, *further])


def _user(adapter: Adapter, example: str) -> str:
    user = _must_have(adapter, "user", example)
    if not _USER.fullmatch(user):
        raise SettingsError(f"user is {user[:80]!r}; give {example}: letters, digits, . _ + -")
    return user


def _auth_user(adapter: Adapter, otherwise: str) -> str:
    user = adapter.auth_user or otherwise
    if not _AUTH_USER.fullmatch(user):
        raise SettingsError(f"auth_user is {user[:80]!r}; use letters, digits, . _ + - @")
    return user


def _phones(adapter: Adapter) -> tuple[Telephone, ...]:
    if not adapter.phones:
        raise SettingsError(
            "[household] has no telephone; write [[household.phones]] with a name and a secret_file"
        )
    for phone in adapter.phones:
        if phone.contact:
            _address_with_port(f"contact of {phone.name}", phone.contact)
    return adapter.phones


def _codecs(value: str) -> str:
    words = [word.strip() for word in value.split(",")]
    for word in words:
        if word not in CODECS or words.count(word) > 1:
            raise SettingsError(
                f"codecs has {word[:40]!r}; give some of {', '.join(CODECS)}, each once"
            )
    return ",".join(words)


def _switch(name: str, value: str, *, default: bool) -> bool:
    known = {"on": True, "off": False, "": default}
    if value not in known:
        raise SettingsError(f"{name} is {value[:40]!r}; give on or off")
    return known[value]


def _rtp_ports(value: str) -> tuple[int, int]:
    first, dash, last = (word.strip() for word in value.partition("-"))
    if dash and first.isdecimal() and last.isdecimal() and len(first + last) <= 10:
        ports = int(first), int(last)
        # Each call has two ends, each end a port for sound and one for its report.
        if ports[0] >= 1024 and ports[1] < 65_536 and ports[1] - ports[0] >= 39:
            return ports
    raise SettingsError(
        f"rtp_ports is {value[:40]!r}; give the first and the last of at least 40 ports from 1024 "
        "to 65535, such as 10000-10999"
    )


def _consultation(settings: Settings) -> str:
    if not settings.police_consultation:
        return ""
    return national("police_consultation", settings.police_consultation)


def _ami_secret(settings: Settings) -> str:
    if len(settings.ami_secret) < MIN_AMI_SECRET:
        raise SettingsError(
            f"ami_secret has {len(settings.ami_secret)} characters; give at least {MIN_AMI_SECRET}:"
            " callguard and Asterisk know each other by it"
        )
    return settings.ami_secret


def _folder(adapter: Adapter, settings: Settings) -> Path:
    folder = Path(adapter.folder) if adapter.folder else settings.data / "asterisk"
    return folder.absolute()


def _fallback() -> Path:
    """Return the script that belongs to this installation."""
    return Path(sys.executable).parent / "callguard-agi"
