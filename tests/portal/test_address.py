"""Where a request comes from."""

import pytest
from aiohttp.test_utils import make_mocked_request
from aiohttp.web import Request

from callguard.portal.address import address_of, connection_of
from callguard.settings import Settings

PROXY = "192.0.2.1"


def request(remote: str, *forwarded: str) -> Request:
    headers = [("X-Forwarded-For", one) for one in forwarded]
    made = make_mocked_request("GET", "/", headers=dict(headers) if len(headers) < 2 else None)
    return made.clone(remote=remote)


def test_without_a_proxy_nobody_can_pretend() -> None:
    assert address_of(Settings(), request("198.51.100.1", "10.0.0.1")) == "198.51.100.1"
    settings = Settings(trusted_proxy=PROXY)
    assert address_of(settings, request("198.51.100.1", "10.0.0.1")) == "198.51.100.1"


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("10.0.0.1, 198.51.100.7", "198.51.100.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("nonsense", PROXY),
        ("", PROXY),
    ],
)
def test_the_trusted_proxys_last_word_counts(said: str, address: str) -> None:
    settings = Settings(trusted_proxy=PROXY)
    assert address_of(settings, request(PROXY, said)) == address


def test_a_connection_is_an_address_or_a_network_of_ipv6() -> None:
    assert connection_of("198.51.100.7") == "198.51.100.7"
    assert connection_of("2001:db8::1") == connection_of("2001:db8::ffff:1")
    assert connection_of("2001:db8::1") != connection_of("2001:db8:0:1::1")
    assert connection_of("fe80::1%eth0") == "fe80::/64"
    assert connection_of("") == ""
