"""``callguard household render``: the files of the home adapter's Asterisk, from the settings."""

import argparse
import asyncio
import os
import pwd
import sys
from pathlib import Path

from ..asterisk.adapter import read_adapter
from ..asterisk.adapter_site import household_site
from ..asterisk.instance import find_loader
from ..asterisk.site import HouseholdSite, Loader, SiteError, lay_out, site_files
from ..asterisk.trial import complaints
from ..asterisk.written import KEPT, Changes, Written
from ..settings import Settings, load


def render(options: argparse.Namespace) -> int:
    """Write the files; or show what would change; or have an Asterisk try them."""
    settings = load()
    site = household_site(read_adapter(), settings)
    loader = find_loader()
    files = site_files(site, loader)
    if options.check:
        return _check(site, loader)
    if options.diff:
        print(Written(site.folder / "etc").diff(files) or "nothing would change")
        return 0
    _be_the_owner(settings)
    written = Written(lay_out(site))
    _tell(written.write(files, force=options.force), written.folder, loader)
    return 0


def _check(site: HouseholdSite, loader: Loader) -> int:
    found = asyncio.run(complaints(site, loader))
    for line in found:
        print(f"callguard: Asterisk says: {line}", file=sys.stderr)
    if found:
        return 1
    phones = ", ".join(phone.name for phone in site.phones)
    print(f"Asterisk takes it: the line {site.line}, telephones {phones}")
    return 0


def _be_the_owner(settings: Settings) -> None:
    """Refuse to write as somebody else than runs callguard.

    Asterisk runs as the same user, since the script that it starts reads callguard's data; and it
    must be able to read files that are for their owner only.
    """
    try:
        owner = settings.data.stat().st_uid
    except FileNotFoundError:
        return
    if owner != os.geteuid():
        try:
            name = pwd.getpwuid(owner).pw_name
        except KeyError:
            name = f"#{owner}"
        raise SiteError(
            f"{settings.data} belongs to {name}, who runs callguard and Asterisk: do it as that "
            f"user: sudo -u {name} callguard household render"
        )


def _tell(changes: Changes, folder: Path, loader: Loader) -> None:
    for name in changes.edited:
        print(f"{name}: written over; what it was is in {name}{KEPT}")
    if not changes.any:
        print(f"nothing has changed in {folder}")
        return
    count = len(changes.new) + len(changes.changed) + len(changes.edited)
    print(f"{count} file{'s'[: count != 1]} written to {folder}")
    command = " ".join([*loader.command, "-C", str(folder / "asterisk.conf")])
    print(f"Start Asterisk anew by: {command} -f")
