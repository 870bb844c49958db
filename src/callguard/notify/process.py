"""The process ``news``: tells people what they want to know. On the path of no verdict."""

import asyncio
import fcntl
import logging
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ..blocklist.store import ListStore
from ..database import Database, DatabaseError
from ..node.children import BEAT_SECONDS, Control, run_loop
from ..settings import Settings
from .channels import Kind
from .digests import Digests
from .letters import Letters
from .mail_server import MailServer
from .post import AWAY_SECONDS, Post
from .queue import Queue
from .senders import Sender
from .senders.egress import urllib3_watched
from .senders.mail import Mail
from .senders.outside import Outside
from .senders.push import Push
from .state import NewsState, write_state
from .vapid import VapidError, VapidKey
from .watch import FeedWatch

LOOK_SECONDS = 1.0
"""How often the queue is looked at: a search of an index that finds nothing."""
CHORES_EVERY = timedelta(minutes=1)
TIDY_EVERY = timedelta(days=1)
STATE_EVERY = timedelta(seconds=5)
FINISH_SECONDS = 2.0
"""Less than the supervisor allows for the end."""

log = logging.getLogger(__name__)


def run_news(settings: Settings, control: socket.socket) -> None:
    """Run until the supervisor is gone or says to stop."""
    run_loop(_run(settings, control))


async def _run(settings: Settings, control: socket.socket) -> None:
    stopped = asyncio.Event()
    link = Control(control, lambda _: None, stopped.set)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    beat = loop.create_task(link.beat(BEAT_SECONDS))
    stopping = loop.create_task(stopped.wait())
    telling = loop.create_task(tell_news(settings, lambda: datetime.now(UTC), stopped))
    try:
        await asyncio.wait([stopping, telling], return_when=asyncio.FIRST_COMPLETED)
        await telling
    finally:
        for task in (beat, stopping):
            task.cancel()
        link.close()


async def tell_news(
    settings: Settings, clock: Callable[[], datetime], stopped: asyncio.Event
) -> None:
    """Tell news until *stopped*; wait while the database is away."""
    async with sender_name(settings.news, stopped) as name:
        database = await _open(settings, stopped)
        if database is None:
            return
        outside = Outside(private_targets=settings.news_private_targets)
        stopping = asyncio.create_task(stopped.wait())
        try:
            with urllib3_watched():
                await _tell(settings, database, outside, name, clock, stopping)
        finally:
            stopping.cancel()
            outside.close()
            database.close()


async def _open(settings: Settings, stopped: asyncio.Event) -> Database | None:
    said = False
    while not stopped.is_set():
        try:
            return await asyncio.to_thread(Database, settings.households)
        except DatabaseError as error:
            if not said:
                log.error("no news is told: %s", error)
                said = True
            await _pause(stopped, AWAY_SECONDS)
    return None


async def _tell(
    settings: Settings,
    database: Database,
    outside: Outside,
    name: str,
    clock: Callable[[], datetime],
    stopping: "asyncio.Task[bool]",
) -> None:
    queue = Queue(database, name)
    server = MailServer.read(settings.smtp_url, settings.smtp_from, settings.smtp_ca)
    contact = f"mailto:{server.sender}" if server else settings.portal_url
    key = _key(settings.vapid_key)
    senders: dict[str, Sender] = {
        Kind.MAIL: Mail(server),
        Kind.PUSH: Push(key, contact, private_targets=settings.news_private_targets),
        Kind.APPRISE: outside,
    }
    post = Post(database, queue, Letters(database, settings.portal_url), senders, clock)
    chores = _Chores(settings, database, queue, clock)
    away = False
    while not stopping.done():
        try:
            await asyncio.to_thread(chores.do_due)
            more = await post.round()
        except DatabaseError as error:
            if not away:
                log.error("news waits: %s", error)
                away = True
            await post.rest(stopping, AWAY_SECONDS)
            continue
        if away:
            log.info("news is told again")
            away = False
        if not more:
            await post.rest(stopping, LOOK_SECONDS)
    await post.finish(FINISH_SECONDS)


def _key(path: Path) -> VapidKey | None:
    try:
        return VapidKey.open(path)
    except VapidError as error:
        log.error("no push messages: %s", error)
        return None


class _Chores:
    """What is to be done now and then; all of it in a thread, in short transactions."""

    def __init__(
        self, settings: Settings, database: Database, queue: Queue, clock: Callable[[], datetime]
    ) -> None:
        self._clock = clock
        self._queue = queue
        self._state = settings.news_state
        self._fault = ""
        self._feed = FeedWatch(database, ListStore(settings.lists).state)
        self._digests = Digests(database)
        self._recovered = False
        self._due: dict[Callable[[datetime], None], tuple[datetime | None, timedelta]] = {
            self._write_state: (None, STATE_EVERY),
            self._watch: (None, CHORES_EVERY),
            self._tidy: (None, TIDY_EVERY),
        }

    def do_due(self) -> None:
        """Do what is due.

        Raises:
            DatabaseError: the database does not answer; it is still due.

        """
        for chore, (last, every) in self._due.items():
            now = self._clock()
            if last is None or not last <= now < last + every:
                chore(now)
                self._due[chore] = (now, every)

    def _watch(self, now: datetime) -> None:
        unknown = self._queue.recover(now=now, restarted=not self._recovered)
        self._recovered = True
        if unknown:
            log.warning("%d messages may have left when callguard was stopped", unknown)
        self._feed.look(now=now)
        self._digests.tell_due(now=now)

    def _tidy(self, now: datetime) -> None:
        self._queue.forget_old(now=now)

    def _write_state(self, now: datetime) -> None:
        fault = write_state(self._state, NewsState(now, self._queue.backlog(now=now)))
        if fault and fault != self._fault:
            log.warning("%s", fault)
        self._fault = fault


@asynccontextmanager
async def sender_name(folder: Path, stopped: asyncio.Event) -> AsyncIterator[str]:
    """Yield the name of this installation's sender, the same at every start, held by one process.

    So a process that starts again knows which claims its predecessor left.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "sender", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not _locked(descriptor) and not stopped.is_set():
            await _pause(stopped, LOOK_SECONDS)
        name = os.read(descriptor, 40).decode()
        if not name:
            name = secrets.token_hex(8)
            os.write(descriptor, name.encode())
        yield name
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    """Take the lock, which holds until the process ends, however it ends."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _pause(stopped: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stopped.wait()
    except TimeoutError:
        return
