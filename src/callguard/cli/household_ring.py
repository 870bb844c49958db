"""``callguard household ring``: rings the home's telephones, to hear that they ring."""

import argparse
import asyncio
import sys

from ..asterisk.adapter import read_adapter
from ..asterisk.adapter_site import household_site
from ..asterisk.instance import find_loader
from ..asterisk.trial_ring import RING_SECONDS, Rang, ring_telephones
from ..settings import load


def ring(_: argparse.Namespace) -> int:
    """Ring them, and say how it went."""
    site = household_site(read_adapter(), load())
    command = (*find_loader().command, "-C", str(site.folder / "etc" / "asterisk.conf"))
    print("the telephones ring; whoever answers hears that all is well")
    rang = asyncio.run(ring_telephones(command, site.sounds))
    if rang is Rang.ANSWERED:
        print("answered")
        return 0
    phones = ", ".join(phone.name for phone in site.phones)
    faults = {
        Rang.UNANSWERED: f"nobody answered within {RING_SECONDS:.0f} s: {phones}",
        Rang.BUSY: f"busy: {phones}",
        Rang.UNREACHED: f"no telephone can be reached: {phones}; each registers at "
        f"{site.sip_bind} with its name and its password (docs/household.ja.md)",
        Rang.REFUSED: f"refused by the telephone itself: {phones}",
        Rang.NOT_RUNNING: "no Asterisk runs with these files, or it has not been started anew "
        f"since they were written: {' '.join(command)} -f",
    }
    print(f"callguard: {faults[rang]}", file=sys.stderr)
    return 1
