"""Where a node may be reached."""

import pytest

from callguard.settings import load

from .test_settings import refusal


@pytest.mark.parametrize("name", ["agi_host", "ami_host", "http_host"])
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.2", "", "guard.example.jp"])
def test_an_address_that_strangers_could_reach_is_refused(name: str, host: str) -> None:
    assert f"{name} is {host!r}" in refusal({f"CALLGUARD_{name.upper()}": host})


@pytest.mark.parametrize("name", ["agi_host", "ami_host", "http_host"])
@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_loopback_is_taken(name: str, host: str) -> None:
    assert getattr(load({f"CALLGUARD_{name.upper()}": host}), name) == host


def test_with_tls_the_portal_may_be_anywhere() -> None:
    found = load(
        {
            "CALLGUARD_HTTP_HOST": "0.0.0.0",
            "CALLGUARD_HTTP_CERT": "/portal.pem",
            "CALLGUARD_PORTAL_URL": "https://guard.example.jp",
        }
    )
    assert found.http_host == "0.0.0.0"


def test_with_tls_the_portals_address_must_say_so() -> None:
    said = refusal({"CALLGUARD_HTTP_CERT": "/portal.pem"})
    assert said.endswith("but http_cert is set: it must begin with https:")
