"""A number that its caller withholds, and the network tells all the same, is on no display."""

import pytest

from callguard.demo.home import LINE, Home

NUMBER = "0422990003"
ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>'
SHOWN = f"<sip:{NUMBER}@trunk.invalid>"
ASSERTED = f"P-Asserted-Identity: <sip:{NUMBER}@trunk.invalid>"

WAYS = {
    "by the sender's name, without Privacy": (ANONYMOUS, ASSERTED),
    "by several words of Privacy": (SHOWN, ASSERTED, "Privacy: user;id"),
    "by Privacy, asserted by nobody": (SHOWN, "Privacy: id"),
}


@pytest.mark.parametrize("way", WAYS)
async def test_a_household_that_lets_withheld_calls_ring_is_not_shown_who_withholds(
    home: Home, way: str
) -> None:
    await home.command("policy", "set", "--line", LINE, "withheld=warn")
    async with home.phone() as telephone, home.caller(*WAYS[way], talk_seconds=0.2) as call:
        await call.ended()
        assert (await home.channels.of(call))["CALLGUARD_REASON"] == "withheld"
        assert b"INVITE sip:phone@" in telephone.received()
        assert NUMBER.encode() not in telephone.received()
