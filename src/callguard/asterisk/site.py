"""Lays out an Asterisk's configuration folder: shared files, one profile, this site's values.

The files of ``asterisk-config/`` hold no address, path or secret. What differs from site to site is
written into ``asterisk.conf``, ``manager.conf``, ``rtp.conf`` and ``site/``.
"""

import re
import shutil
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import ClassVar

from ..prompts import audio_folder

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


class SiteError(Exception):
    """A site value that Asterisk cannot be given; the message says which and why."""


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

    profile: ClassVar[str]

    def globals(self) -> dict[str, object]:
        """Return the global variables of the dialplan."""
        return {
            "CALLGUARD_AGI": self.agi,
            "CALLGUARD_FALLBACK": self.fallback,
            "CALLGUARD_SOUNDS": self.sounds,
            "CALLGUARD_RECORDINGS": self.folder / "spool" / "recordings",
            "CALLGUARD_EARLY_MEDIA": "yes" if self.early_media else "no",
            "CALLGUARD_ANNOUNCEMENTS": 100,
        }

    def keys(self) -> dict[str, object]:
        """Return what keys do during a call: the application map of ``site/features.conf``."""
        return {}

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
    phone: str = "127.0.0.1:5062"
    """host:port of the telephone: it is called there, and calls from there are its own."""
    scam_key: str = SPOKEN_KEY
    """What the subscriber presses to be rid of a caller; empty: nothing."""
    consultation: str = ""
    """The prefecture's police consultation number, where the network does not know #9110."""

    profile: ClassVar[str] = "household"

    def __post_init__(self) -> None:
        """Check what would be part of a line of the dialplan.

        Raises:
            SiteError: a value that is no key, or no number to dial.

        """
        if self.scam_key and not re.fullmatch("[*#][0-9]{1,3}", self.scam_key):
            raise SiteError(f"scam_key: {self.scam_key!r} is not * or # and 1 to 3 digits, as *9")
        if self.consultation and not re.fullmatch("[0-9]{3,15}", self.consultation):
            raise SiteError(f"consultation: {self.consultation!r} is not a number of digits only")

    def globals(self) -> dict[str, object]:
        """Return the global variables of the dialplan."""
        return {
            "CALLGUARD_LINE": self.line,
            "CALLGUARD_PHONE": "PJSIP/phone",
            "CALLGUARD_CONSULTATION": self.consultation,
            "CALLGUARD_KEYS": "#".join(self.keys()),
            "CALLGUARD_TELLS_KEY": "-key" if self.scam_key == SPOKEN_KEY else "",
            **Site.globals(self),
        }

    def keys(self) -> dict[str, object]:
        """Return what keys do during a call."""
        if not self.scam_key:
            return {}
        return {"scam": f"{self.scam_key},peer,Gosub(callguard-keys,pressed,1)"}

    def pjsip(self) -> str:
        """Return the sections of ``site/pjsip.conf``."""
        return (
            Site.pjsip(self)
            + section("trunk", type="identify", endpoint="trunk", match=self.trunk_match)
            + section("trunk", type="aor", contact=self.trunk_contact)
            + section("phone", type="identify", endpoint="phone", match=self.phone)
            + section("phone", type="aor", contact=f"sip:phone@{self.phone}")
        )


def configuration_folder() -> Path:
    """Return the folder of the shipped Asterisk configuration."""
    installed = Path(str(files("callguard"))) / "asterisk" / "config"
    if installed.is_dir():
        return installed
    return Path(__file__).resolve().parents[3] / "asterisk-config"


def write_site(site: Site, loader: Loader) -> Path:
    """Write the whole configuration of a site below ``site.folder``; return its asterisk.conf.

    Raises:
        SiteError: a value that would end a line or begin a comment or a section in Asterisk's
            configuration syntax.
        OSError: the folder cannot be written.

    """
    source = configuration_folder()
    etc = site.folder / "etc"
    for name in ("run", "log", "spool/recordings", "lib/keys"):
        (site.folder / name).mkdir(parents=True, exist_ok=True)
    (etc / "site").mkdir(parents=True, exist_ok=True)
    for shared in sorted(
        [*(source / "common").glob("*.conf"), *(source / site.profile).glob("*.conf")]
    ):
        shutil.copyfile(shared, etc / shared.name)
    for name, text in _site_files(site, loader).items():
        path = etc / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
    return etc / "asterisk.conf"


def _site_files(site: Site, loader: Loader) -> dict[str, str]:
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
        + "".join(f"eventfilter={_plain('eventfilter', text)}\n" for text in EVENTS),
        "rtp.conf": section("general", rtpstart=first, rtpend=last),
        "site/features.conf": section("applicationmap", **site.keys()),
        "site/globals.conf": section("globals", **site.globals()),
        "site/pjsip.conf": site.pjsip(),
    }


def section(name: str, template: str = "", /, **values: object) -> str:
    """Return a section of Asterisk's configuration, made of *template* if one is named.

    Raises:
        SiteError: a value that would be read as more than a value.

    """
    lines = [f"[{name}]({template})" if template else f"[{name}]"]
    for key, value in values.items():
        text = str(value)
        if text:
            lines.append(f"{key}={_plain(key, text)}")
    return "\n".join(lines) + "\n\n"


def _plain(key: str, value: str) -> str:
    if re.search(r"[\x00-\x1f\x7f;\[\]{}$]", value):
        raise SiteError(f"{key} cannot be written to Asterisk's configuration: {value!r}")
    return value
