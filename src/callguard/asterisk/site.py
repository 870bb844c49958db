"""Lays out an Asterisk's configuration folder: shared files, one profile, this site's values.

The files of ``asterisk-config/`` hold no address, path or secret. What differs from site to site is
written into ``asterisk.conf``, ``manager.conf``, ``rtp.conf`` and ``site/``.
"""

import re
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import ClassVar

from ..prompts import audio_folder
from .conf import SiteError, national, plain, section
from .gateway import Gateway
from .telephone import Telephone
from .written import Written

__all__ = [
    "EVENTS",
    "HouseholdSite",
    "Loader",
    "Site",
    "SiteError",
    "configuration_folder",
    "site_files",
    "write_site",
]

EVENTS = ("Event: Hangup", "Event: DialEnd", "UserEvent: Callguard")
"""The AMI events that callguard listens to; regular expressions on an event's text, so that the
last one lets ``CallguardAnswered`` through too. Asterisk would tell a dozen more of each call, and
with the class ``dialplan`` each step of it, hundreds."""

SPOKEN_KEY = "*9"
"""The scam key that the announcement ``whisper-unlisted-key`` names."""

UNWANTED = (
    *("DialBegin", "HangupRequest", "LocalBridge", "NewCallerid", "NewConnectedLine", "Newchannel"),
    *("Newexten", "Newstate", "DeviceStateChange", "RTCPReceived", "RTCPSent", "SoftHangupRequest"),
    "VarSet",
)
"""The AMI events that are most frequent, and that Asterisk need not write before it filters."""

HOME_NETWORKS = "127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,169.254.0.0/16"
"""Where a home's telephones are (RFC 1918, RFC 3927): nobody registers from farther away."""


@dataclass(frozen=True, slots=True)
class Loader:
    """How an Asterisk binary is started and where its own parts lie.

    ``command`` starts it (a distribution's, or one unpacked into a folder and run by its own
    dynamic loader); ``modules`` and ``data`` are its module and data folders.
    """

    command: tuple[str, ...]
    modules: Path
    data: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The values that every profile has."""

    folder: Path
    """Holds etc/, run/, log/, spool/ and lib/ of this Asterisk."""
    agi: str
    """host:port of the callguard daemon's FastAGI."""
    fallback: Path
    """The fallback AGI script."""
    ami_port: int
    ami_secret: str
    sip_bind: str = "127.0.0.1:5060"
    trunk_match: str = "127.0.0.0/8"
    """Addresses that calls from the network come from."""
    trunk_contact: str = "sip:127.0.0.1:5070"
    """Where calls to the network go."""
    rtp_ports: tuple[int, int] = (10000, 10999)
    early_media: bool = True
    sounds: Path = field(default_factory=audio_folder)
    """Folder of the announcements, a folder for each language in it."""
    recordings: Path | None = None
    """Folder in which it records; None: ``spool/recordings`` in its own."""

    profile: ClassVar[str]

    def globals(self) -> dict[str, object]:
        """Return the global variables of the dialplan."""
        return {
            "CALLGUARD_AGI": self.agi,
            "CALLGUARD_FALLBACK": self.fallback,
            "CALLGUARD_SOUNDS": self.sounds,
            "CALLGUARD_RECORDINGS": self.recordings or self.folder / "spool" / "recordings",
            "CALLGUARD_EARLY_MEDIA": "yes" if self.early_media else "no",
            "CALLGUARD_ANNOUNCEMENTS": 100,
        }

    def keys(self) -> dict[str, object]:
        """Return what keys do during a call: the application map of ``site/features.conf``."""
        return {}

    def dialplan(self) -> str:
        """Return contexts of this site's own, for ``site/globals.conf``."""
        return ""

    def options(self) -> dict[str, object]:
        """Return what Asterisk itself is told: the section ``options`` of ``asterisk.conf``."""
        return {}

    def pjsip(self) -> str:
        """Return the sections of ``site/pjsip.conf``."""
        return section("transport-udp", type="transport", protocol="udp", bind=self.sip_bind)


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdSite(Site):
    """The values of one home."""

    line: str
    """The home's telephone number."""
    phones: tuple[Telephone, ...] = (Telephone(contact="127.0.0.1:5062"),)
    """They ring together; who answers first has the call."""
    gateway: Gateway | None = None
    """The line's side; None: whoever is at ``trunk_contact``, and calls from ``trunk_match``."""
    codecs: str = "ulaw"
    """What is offered, with commas, the preferred one first."""
    network_bind: str = ""
    """host:port of the gateway's side, where it has a network of its own; empty: ``sip_bind``."""
    scam_key: str = SPOKEN_KEY
    """What the subscriber presses to be rid of a caller; empty: nothing."""
    family_key: str = "*5"
    """What calls the family into a conversation; empty: nothing."""
    consultation: str = ""
    """The prefecture's police consultation number, where the network does not know #9110."""

    profile: ClassVar[str] = "household"

    def __post_init__(self) -> None:
        """Check what would be part of a line of the dialplan.

        Raises:
            SiteError: a value that is no key, or no number to dial; no telephone, or two of one
                name.

        """
        names = [phone.name for phone in self.phones]
        if not names:
            raise SiteError("there is no telephone; name at least one, which rings")
        for name in names:
            if names.count(name) > 1:
                raise SiteError(f"two telephones are called {name!r}; give each a name of its own")
        for name, key in (("scam_key", self.scam_key), ("family_key", self.family_key)):
            if key and not re.fullmatch("[*#][0-9]{1,3}", key):
                raise SiteError(f"{name}: {key!r} is not * or # and 1 to 3 digits, as *9")
        longer, shorter = sorted((self.scam_key, self.family_key), key=len, reverse=True)
        if shorter and longer.startswith(shorter):
            raise SiteError(
                f"family_key: {self.family_key!r} and scam_key {self.scam_key!r} begin alike; "
                "give keys that can be told apart"
            )
        if self.consultation and not re.fullmatch("[0-9]{3,15}", self.consultation):
            raise SiteError(f"consultation: {self.consultation!r} is not a number of digits only")

    def globals(self) -> dict[str, object]:
        """Return the global variables of the dialplan."""
        return {
            "CALLGUARD_LINE": self.line,
            "CALLGUARD_PHONE": "&".join(phone.channel for phone in self.phones),
            "CALLGUARD_CONSULTATION": self.consultation,
            "CALLGUARD_KEYS": "#".join(self.keys()),
            "CALLGUARD_TELLS_KEY": "-key" if self.scam_key == SPOKEN_KEY else "",
            **Site.globals(self),
        }

    def keys(self) -> dict[str, object]:
        """Return what keys do during a call."""
        keys: dict[str, object] = {}
        if self.scam_key:
            keys["scam"] = f"{self.scam_key},peer,Gosub(callguard-keys,pressed,1)"
        if self.family_key:
            keys["family"] = f"{self.family_key},self,Gosub(callguard-key,pressed,1)"
        return keys

    def pjsip(self) -> str:
        """Return the sections of ``site/pjsip.conf``."""
        gateway = self.gateway or Gateway(contact=self.trunk_contact, match=self.trunk_match)
        text = Site.pjsip(self)
        if self.network_bind:
            text += section(
                "transport-network", type="transport", protocol="udp", bind=self.network_bind
            )
        text += gateway.pjsip(self.codecs)
        for phone in self.phones:
            text += phone.pjsip(codecs=self.codecs, number=self.number, permit=HOME_NETWORKS)
        return text

    @property
    def number(self) -> str:
        """The home's number as it is dialled within Japan.

        Raises:
            SiteError: the line is no number in Japan.

        """
        return national("line", self.line)


def configuration_folder() -> Path:
    """Return the folder of the shipped Asterisk configuration."""
    installed = Path(str(files("callguard"))) / "asterisk" / "config"
    if installed.is_dir():
        return installed
    return Path(__file__).resolve().parents[3] / "asterisk-config"


def write_site(site: Site, loader: Loader) -> Path:
    """Write the whole configuration of a site below ``site.folder``; return its asterisk.conf.

    What a person has edited there is written over, and kept beside as ``….edited``.

    Raises:
        SiteError: a value that would end a line or begin a comment or a section in Asterisk's
            configuration syntax.
        OSError: the folder cannot be written.

    """
    written = Written(lay_out(site))
    written.write(site_files(site, loader), force=True)
    return written.folder / "asterisk.conf"


def lay_out(site: Site) -> Path:
    """Make the folders of a site's Asterisk; return that of its configuration."""
    for name in ("etc/site", "run", "log", "spool", "lib/keys"):
        (site.folder / name).mkdir(parents=True, exist_ok=True)
    # What is said lies here in clear while a call lasts: for Asterisk and callguard only.
    recordings = site.recordings or site.folder / "spool" / "recordings"
    recordings.mkdir(parents=True, exist_ok=True, mode=0o770)
    return site.folder / "etc"


def site_files(site: Site, loader: Loader) -> dict[str, str]:
    """Return the text of each file of a site's configuration, by its name in that folder.

    Raises:
        SiteError: as in :func:`write_site`.

    """
    source = configuration_folder()
    shared = sorted([*(source / "common").glob("*.conf"), *(source / site.profile).glob("*.conf")])
    return {path.name: path.read_text(encoding="utf-8") for path in shared} | _own_files(
        site, loader
    )


def _own_files(site: Site, loader: Loader) -> dict[str, str]:
    folder = site.folder
    first, last = site.rtp_ports
    return {
        "asterisk.conf": section(
            "directories",
            astetcdir=folder / "etc",
            astmoddir=loader.modules,
            astdatadir=loader.data,
            astvarlibdir=folder / "lib",
            astdbdir=folder / "lib",
            astkeydir=folder / "lib",
            astspooldir=folder / "spool",
            astrundir=folder / "run",
            astlogdir=folder / "log",
            astagidir=folder / "lib",
        )
        + section("options", nocolor="yes", live_dangerously="no", **site.options()),
        "manager.conf": section(
            "general",
            enabled="yes",
            bindaddr="127.0.0.1",
            port=site.ami_port,
            disabledevents=",".join(UNWANTED),
        )
        + section(
            "callguard",
            secret=site.ami_secret,
            deny="0.0.0.0/0.0.0.0",
            permit="127.0.0.1/255.255.255.255",
            read="call,user",
            # For CoreSettings, and Redirect, which ends a call whose number is listed meanwhile.
            # Whoever learns the secret can meddle with calls in progress, but place none, and run
            # no commands.
            write="reporting,call",
            # A client that is slow for 100 ms, the default, would be cut off under load.
            writetimeout=5000,
        ).rstrip("\n")
        + "\n"
        + "".join(f"eventfilter={plain('eventfilter', text)}\n" for text in EVENTS),
        "rtp.conf": section("general", rtpstart=first, rtpend=last),
        "site/features.conf": section("applicationmap", **site.keys()),
        "site/globals.conf": section("globals", **site.globals()) + site.dialplan(),
        "site/pjsip.conf": site.pjsip(),
    }
