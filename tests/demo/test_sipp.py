"""Callers and telephones played by SIPp, beside each other on one address."""

from callguard.demo.sipp import caller, phone

SIPP_TRIES_FIRST = range(5060, 5200)
"""Ports that SIPp takes for itself if nobody says which; the demo's telephone has one of them."""


def test_a_caller_never_sits_on_the_telephones_port() -> None:
    ports = [_port(caller("127.0.0.1:9", sender="<sip:1@invalid>").arguments) for _ in range(20)]
    assert not set(ports) & set(SIPP_TRIES_FIRST)


def test_a_caller_and_a_telephone_have_the_port_that_they_are_given() -> None:
    at_5064 = caller("127.0.0.1:9", sender="<sip:1@invalid>", port=5064)
    assert _port(at_5064.arguments) == 5064
    assert _port(phone(5062).arguments) == 5062


def _port(arguments: tuple[str, ...]) -> int:
    return int(arguments[arguments.index("-p") + 1])
