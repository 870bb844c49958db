"""Where a node may be reached: what has no authentication, or no encryption, on loopback only."""

import ipaddress


class UnsafeBind(Exception):
    """An address that strangers could reach; the message says what would do."""


def is_loopback(host: str) -> bool:
    """Tell whether *host* is this machine, and nobody else can reach it."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check(
    *, agi_host: str, ami_host: str, http_host: str, http_cert: object, portal_url: str
) -> None:
    """See that nothing is open to others that should not be.

    Raises:
        UnsafeBind: something is.

    """
    if not is_loopback(agi_host):
        raise UnsafeBind(
            f"agi_host is {agi_host!r}: FastAGI has no authentication; give an address of "
            "loopback, such as 127.0.0.1, and run callguard beside its Asterisk"
        )
    if not is_loopback(ami_host):
        raise UnsafeBind(
            f"ami_host is {ami_host!r}: AMI has no encryption; give an address of loopback, such "
            "as 127.0.0.1, and run callguard beside its Asterisk"
        )
    if not is_loopback(http_host) and not http_cert:
        raise UnsafeBind(
            f"http_host is {http_host!r}, and sessions would cross the network without TLS: set "
            "http_cert and http_key, or give 127.0.0.1 and put a TLS proxy before it"
        )
    if http_cert and not portal_url.startswith("https:"):
        raise UnsafeBind(
            f"portal_url is {portal_url!r}, but http_cert is set: it must begin with https:"
        )
