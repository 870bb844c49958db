"""Where a request comes from, behind the trusted proxy or without one."""

import ipaddress

from aiohttp import web

from ..settings import Settings

_IPV6_HOME = 64
"""Bits of an IPv6 address that stand for one connection (RFC 6177); the rest its devices choose."""


def address_of(settings: Settings, request: web.Request) -> str:
    """Return the IP address that *request* comes from.

    What a proxy says (the last of X-Forwarded-For) counts only if it is the trusted one: anybody
    can send that header.
    """
    address = request.remote or ""
    if settings.trusted_proxy and address == settings.trusted_proxy:
        said = ",".join(request.headers.getall("X-Forwarded-For", [])).rpartition(",")[2]
        try:
            return str(ipaddress.ip_address(said.strip()))
        except ValueError:
            return address
    return address


def connection_of(address: str) -> str:
    """Return what stands for the whole connection of *address*: with IPv6 its network of /64."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 4:
        return address
    return str(ipaddress.ip_network((found, _IPV6_HOME), strict=False))
