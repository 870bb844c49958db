"""Checks every part of a node, and says how to mend what is wrong."""

import asyncio
import os
import re
import shutil
import sqlite3
import wave
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import psycopg
from redis.exceptions import NoPermissionError

from .. import prompts
from ..asterisk.ami import AMIConnection, AMIError
from ..asterisk.probe import ProbeError, probe
from ..blocklist.errors import FeedError
from ..blocklist.store import ListStore
from ..feed.connect import FAULTS, connect_async
from ..feed.trust_store import TrustStore
from ..notify.faults import Fault
from ..notify.mail_server import MailServer
from ..notify.senders.mail import ERRORS as MAIL_ERRORS
from ..notify.senders.mail import classify
from ..notify.senders.mail import connection as mail_connection
from ..settings import Settings

MIN_ASTERISK = 20
MIN_FREE_BYTES = 100 * 1024 * 1024
MAIL_SECONDS = 10.0
FEED_SECONDS = 5.0
MAX_CLOCK_DIFFERENCE = timedelta(seconds=30)
_BUILT = datetime(2026, 11, 1, tzinfo=UTC)
"""No machine's clock is before this version of callguard."""


class State(StrEnum):
    """How a part is."""

    GOOD = "good"
    NOTE = "note"
    """It works, but not as it could."""
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one part."""

    part: str
    state: State
    detail: str
    mend: str = ""
    """What to do, if anything."""


Check = Callable[[Settings], Awaitable[Finding]]


async def examine(settings: Settings) -> list[Finding]:
    """Check every part; return the findings in a fixed order."""
    return list(await asyncio.gather(*(check(settings) for check in CHECKS)))


async def _data(settings: Settings) -> Finding:
    folder = settings.data
    if not folder.is_dir():
        return Finding(
            "data", State.BAD, f"there is no folder {folder}", "start callguard once, or set "
            "CALLGUARD_DATA",
        )  # fmt: skip
    if not os.access(folder, os.W_OK):
        return Finding("data", State.BAD, f"{folder} is not writable", f"chown it to this user: "
                       f"chown -R $(id -un) {folder}")  # fmt: skip
    free = shutil.disk_usage(folder).free
    if free < MIN_FREE_BYTES:
        return Finding(
            "data", State.BAD, f"only {free // 2**20} MiB are free in {folder}", "make room: "
            "without it lists and policies can be read, but not renewed",
        )  # fmt: skip
    return Finding("data", State.GOOD, f"{folder}, {free // 2**30} GiB free")


async def _database(settings: Settings) -> Finding:
    if settings.replicated:
        return await asyncio.to_thread(_postgresql, settings)
    path = settings.database_file
    if not path.is_file():
        return Finding(
            "database", State.BAD, f"there is no {path}",
            "add a household: callguard household add --line NUMBER --name NAME --consent",
        )  # fmt: skip
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            [verdict] = connection.execute("PRAGMA quick_check").fetchone()
            [count] = connection.execute("SELECT count(*) FROM policy_documents").fetchone()
    except sqlite3.Error as error:
        return Finding("database", State.BAD, f"{path}: {error}", "restore it from a backup")
    if verdict != "ok":
        return Finding("database", State.BAD, f"{path}: {verdict}", "restore it from a backup")
    return _households(count)


def _households(count: int) -> Finding:
    if not count:
        return Finding(
            "database", State.NOTE, "no household yet: every call rings unscreened",
            "callguard household add --line NUMBER --name NAME --consent",
        )  # fmt: skip
    return Finding("database", State.GOOD, f"{count} household{'s'[: count != 1]}")


def _postgresql(settings: Settings) -> Finding:
    """Look at the database elsewhere, and at this node's copy of its policies."""
    from ..households.policy_file import differing
    from ..households.replica import digests

    path = settings.database_file
    try:
        theirs = digests(settings.households)
    except psycopg.Error as error:
        fault = str(error).strip().partition("\n")[0]
        return Finding(
            "database", State.BAD, fault,
            "start PostgreSQL, promote its standby (docs/operations.md), or mend database_url; "
            "meanwhile the policies of before count",
        )  # fmt: skip
    if not path.is_file():
        return Finding(
            "database", State.BAD, "this node has no copy of the policies yet",
            "start callguard: callguard serve makes it",
        )  # fmt: skip
    try:
        behind = differing(path, theirs)
    except sqlite3.Error as error:
        return Finding(
            "database", State.BAD, f"this node's copy, {path}: {error}",
            f"stop callguard, remove {path}, and start it: it is copied anew",
        )  # fmt: skip
    if behind:
        return Finding(
            "database", State.BAD, f"{behind} of {len(theirs)} policies differ from this node's "
            "copy", "is callguard serve running? its log says what keeps it from following",
        )  # fmt: skip
    return _households(len(theirs))


async def _lists(settings: Settings) -> Finding:
    try:
        trust = TrustStore(settings.trust).load()
    except FeedError as error:
        return Finding("police list", State.BAD, str(error), "install the root file again: "
                       "callguard trust install ROOT")  # fmt: skip
    try:
        store = ListStore(settings.lists)
        lists = [store.load(source) for source in store.stamps()]
    except FeedError as error:
        return Finding("police list", State.BAD, str(error), "remove that file; the list is read "
                       "again from the feed")  # fmt: skip
    if trust is None or not trust.sources:
        return Finding(
            "police list", State.NOTE, "no source is trusted",
            "callguard trust install ROOT, with the root file of whoever vouches for the sources",
        )  # fmt: skip
    numbers = sum(len(one.list.listed) for one in lists)
    names = ", ".join(trust.sources)
    if silent := [one.source for one in lists if one.stale(datetime.now(UTC))]:
        return Finding(
            "police list", State.NOTE, f"{numbers:,} numbers; silent: {', '.join(silent)}",
            "callguard feed status tells since when; ask the source, if the feed is reached",
        )  # fmt: skip
    return Finding("police list", State.GOOD, f"{numbers:,} numbers; trusted: {names}")


async def _feed(settings: Settings) -> Finding:
    mend = (
        "start callguard: it runs the embedded feed server"
        if settings.redis_url == "embedded"
        else "check CALLGUARD_REDIS_URL, and that the server runs"
    )
    try:
        client: Any = connect_async(settings.redis, settings.redis_tls)
    except FeedError as error:
        return Finding("feed", State.BAD, str(error), mend)
    try:
        async with asyncio.timeout(FEED_SECONDS):
            seconds, _ = await client.time()
    except NoPermissionError:
        return Finding(
            "feed", State.NOTE, "Redis answers, and does not tell this user its clock",
            "give the user the right +time: callguard feed acl",
        )  # fmt: skip
    except TimeoutError:
        return Finding("feed", State.BAD, f"Redis says nothing for {FEED_SECONDS:.0f} s", mend)
    except (*FAULTS, OSError) as error:
        return Finding("feed", State.BAD, f"Redis cannot be reached: {error}", mend)
    finally:
        await client.aclose()
    difference = abs(datetime.now(UTC) - datetime.fromtimestamp(int(seconds), UTC))
    if difference > MAX_CLOCK_DIFFERENCE:
        return Finding(
            "feed", State.BAD, f"its clock differs by {difference.total_seconds():.0f} s",
            "set both machines' clocks by NTP: listings expire by the clock",
        )  # fmt: skip
    return Finding("feed", State.GOOD, "Redis answers")


async def _agi(settings: Settings) -> Finding:
    try:
        await probe(settings.agi_host, settings.agi_port)
    except ProbeError as error:
        return Finding("FastAGI", State.BAD, str(error), "start callguard: callguard serve")
    return Finding("FastAGI", State.GOOD, "a question is answered")


async def _ami(settings: Settings) -> Finding:
    if not settings.ami_secret:
        return Finding(
            "AMI", State.NOTE, "no secret is set: the log does not learn how calls ended",
            "set CALLGUARD_AMI_SECRET to the secret in manager.conf",
        )  # fmt: skip
    connection = AMIConnection(settings.ami_host, settings.ami_port, lambda _: None, lambda: None)
    try:
        await connection.open(settings.ami_user, settings.ami_secret)
        answer = await connection.action("CoreSettings")
    except AMIError as error:
        return Finding(
            "AMI", State.BAD, f"{settings.ami_host}:{settings.ami_port}: {error}",
            "is Asterisk running? compare user and secret with manager.conf",
        )  # fmt: skip
    finally:
        connection.close()
    version = answer.get("AsteriskVersion", "?")
    if int((re.match(r"\d+", version) or [0])[0]) < MIN_ASTERISK:
        return Finding(
            "AMI", State.BAD, f"Asterisk {version}", f"callguard needs Asterisk {MIN_ASTERISK}"
        )
    return Finding("AMI", State.GOOD, f"Asterisk {version.partition('~')[0]}")


async def _mail(settings: Settings) -> Finding:
    server = MailServer.read(settings.smtp_url, settings.smtp_from, settings.smtp_ca)
    if server is None:
        return Finding(
            "mail", State.NOTE, "no mail server is set: nobody is told by mail",
            "set CALLGUARD_SMTP_URL and CALLGUARD_SMTP_FROM: see docs/notices.md",
        )  # fmt: skip
    where = f"{server.host}:{server.port}"
    try:
        async with asyncio.timeout(MAIL_SECONDS), mail_connection(server):
            pass
    except MAIL_ERRORS as error:
        mend = {
            Fault.NO_ENCRYPTION: "use smtps://, or a server that offers STARTTLS",
            Fault.CERTIFICATE: "set CALLGUARD_SMTP_CA to the CA of the server's certificate, and "
            "name the server as the certificate does",
            Fault.MAIL_LOGIN: "check user and password in CALLGUARD_SMTP_URL",
        }
        failure = classify(error)
        return Finding(
            "mail", State.BAD, f"{where}: {failure}",
            mend.get(failure.fault, "check CALLGUARD_SMTP_URL, and that the server runs"),
        )  # fmt: skip
    return Finding("mail", State.GOOD, f"{where} takes mail from {server.sender}")


async def _recordings(settings: Settings) -> Finding:
    folder = settings.spool
    if folder is None:
        return Finding(
            "recordings", State.NOTE, "nothing is recorded: it is not known where Asterisk records",
            "set CALLGUARD_RECORDINGS_SPOOL to the dialplan's CALLGUARD_RECORDINGS, if a household "
            "wants recordings or messages",
        )  # fmt: skip
    mend = "it must be there, and both callguard and Asterisk be able to write in it, nobody else"
    if not folder.is_dir():
        return Finding("recordings", State.BAD, f"there is no folder {folder}", mend)
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return Finding("recordings", State.BAD, f"{folder} cannot be used", mend)
    if folder.stat().st_mode & 0o007:
        return Finding(
            "recordings", State.BAD, f"{folder} can be looked into by anybody on this machine",
            f"chmod o= {folder}",
        )  # fmt: skip
    return Finding("recordings", State.GOOD, f"encrypted from {folder}")


async def _asterisk(settings: Settings) -> Finding:
    folder = settings.asterisk_config
    if folder is None:
        return Finding(
            "Asterisk", State.NOTE, "its configuration is not checked",
            "set CALLGUARD_ASTERISK_CONFIG to its folder, such as /etc/asterisk",
        )  # fmt: skip
    mend = "lay the configuration out again: see asterisk-config/README.md"
    try:
        text = (folder / "site" / "globals.conf").read_text(encoding="utf-8")
    except OSError as error:
        return Finding("Asterisk", State.BAD, f"{folder}/site/globals.conf: {error.strerror}", mend)
    values = dict(re.findall(r"^(CALLGUARD_\w+) *= *(.*?) *$", text, re.MULTILINE))
    fallback = Path(values.get("CALLGUARD_FALLBACK", ""))
    if not os.access(fallback, os.X_OK) or not fallback.is_file():
        return Finding(
            "Asterisk", State.BAD, f"the fallback script {fallback} cannot be run",
            "point CALLGUARD_FALLBACK to callguard-agi of this installation",
        )  # fmt: skip
    if not values.get("CALLGUARD_AGI", "").endswith(f":{settings.agi_port}"):
        return Finding(
            "Asterisk", State.BAD,
            f"it asks {values.get('CALLGUARD_AGI')}, but callguard is at port {settings.agi_port}",
            "make CALLGUARD_AGI in site/globals.conf and CALLGUARD_AGI_PORT the same",
        )  # fmt: skip
    sounds = Path(values.get("CALLGUARD_SOUNDS", ""))
    missing = [name for name in prompts.load() if not (sounds / "ja" / f"{name}.wav").is_file()]
    if missing:
        return Finding(
            "Asterisk", State.BAD, f"no announcement {missing[0]} in {sounds}/ja",
            f"point CALLGUARD_SOUNDS to {prompts.audio_folder()}",
        )  # fmt: skip
    return Finding("Asterisk", State.GOOD, f"configured in {folder}")


async def _announcements(_: Settings) -> Finding:
    known = prompts.load()
    for name, prompt in known.items():
        try:
            with wave.open(str(prompt.audio())) as file:
                form = (file.getframerate(), file.getnchannels(), file.getsampwidth())
        except (OSError, EOFError, wave.Error) as error:
            return Finding("announcements", State.BAD, f"{name}: {error}", "install callguard anew")
        if form != (8000, 1, 2):
            return Finding(
                "announcements", State.BAD, f"{name} is not 8 kHz, mono, 16 bit",
                "rebuild it: script/build-prompts",
            )  # fmt: skip
    return Finding("announcements", State.GOOD, f"{len(known)} announcements")


async def _clock(_: Settings) -> Finding:
    now = datetime.now(UTC)
    if now < _BUILT:
        return Finding(
            "clock", State.BAD, f"it says {now:%Y-%m-%d}, which is past",
            "set it by NTP: quiet hours and expiry go by the clock",
        )  # fmt: skip
    return Finding("clock", State.GOOD, f"{now:%Y-%m-%d %H:%M} UTC")


CHECKS: tuple[Check, ...] = (
    _data,
    _database,
    _lists,
    _feed,
    _agi,
    _ami,
    _mail,
    _recordings,
    _asterisk,
    _announcements,
    _clock,
)
