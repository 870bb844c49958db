"""Every other service, through apprise: ntfy, LINE, webhooks and the rest of ``SERVICES``.

apprise is synchronous and large: it is loaded with the first such message, and each message has a
thread of its own, whose connections are cut when its time is up.
"""

import asyncio
import logging
import re
import threading
from concurrent.futures import ThreadPoolExecutor

from ..addresses import service_url
from ..faults import Failure, Fault
from ..letters import Letter
from ..refusals import NoticeRefused, Trouble
from .egress import Wire
from .sender import Commit

WHOLE_SECONDS = 30.0
CUT_SECONDS = 5.0
"""How long a thread has to end after its connections were cut."""
THREADS = 32

_STATUS = re.compile(r"error=(\d{3})\b")
"""How apprise's services tell the status of a refusal: in their log, and nowhere else."""


class Outside:
    """Sends through apprise."""

    def __init__(self, *, private_targets: bool = False, seconds: float = WHOLE_SECONDS) -> None:
        """Send to private addresses only with ``private_targets``; give up after ``seconds``."""
        self._private = private_targets
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="apprise")

    async def send(self, letter: Letter, commit: Commit) -> Failure | None:
        """Send *letter*; see :class:`.sender.Sender`."""
        try:
            url = service_url(letter.address, private_targets=self._private)
        except NoticeRefused as refusal:
            private = refusal.trouble in {Trouble.PRIVATE_TARGET, Trouble.CLEAR_TEXT}
            return Failure(Fault.PRIVATE_TARGET if private else Fault.BAD_ADDRESS)
        await commit()
        wire = Wire(private_targets=self._private)
        loop = asyncio.get_running_loop()
        sending = loop.run_in_executor(self._threads, _notify, url, letter, wire)
        done, _ = await asyncio.wait([sending], timeout=self._seconds)
        if not done:
            wire.cut()
            await asyncio.wait([sending], timeout=CUT_SECONDS)
            return Failure(Fault.TIMEOUT)
        return sending.result()

    def close(self) -> None:
        """Take no more messages."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _notify(url: str, letter: Letter, wire: Wire) -> Failure | None:
    import apprise

    asset = apprise.AppriseAsset(
        app_id="callguard",
        app_desc="callguard",
        app_url="",
        storage_mode=apprise.PersistentStoreMode.MEMORY,
        secure_logging=True,
        allow_templates=False,
        http_redirects=0,
    )
    with wire.watching(), _Heard() as heard:
        service = apprise.Apprise.instantiate(url, asset=asset)
        if not isinstance(service, apprise.NotifyBase):
            return Failure(Fault.BAD_ADDRESS)
        kind = apprise.NotifyType.WARNING if letter.urgent else apprise.NotifyType.INFO
        if service.notify(
            body=f"{letter.text}\n\n{letter.link}", title=letter.title, notify_type=kind
        ):
            return None
    if wire.refused:
        return Failure(Fault.PRIVATE_TARGET)
    return _refusal(heard.status)


def _refusal(status: int | None) -> Failure:
    if status is None:
        return Failure(Fault.UNREACHABLE)
    if status in {401, 403}:
        return Failure(Fault.LOGIN, status)
    if status in {404, 410}:
        return Failure(Fault.ADDRESS, status)
    if 400 <= status <= 499 and status not in {408, 425, 429}:
        return Failure(Fault.REFUSED, status)
    return Failure(Fault.BUSY, status)


class _Heard(logging.Handler):
    """What apprise logs in this thread: read for a status, and kept out of callguard's log.

    Addresses, and in some services tokens, are in those lines.
    """

    def __init__(self) -> None:
        super().__init__()
        self.status: int | None = None
        self._thread = threading.get_ident()

    def __enter__(self) -> "_Heard":
        log = logging.getLogger("apprise")
        log.propagate = False
        log.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("apprise").removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Take one line."""
        if record.thread == self._thread and (found := _STATUS.search(record.getMessage())):
            self.status = int(found[1])
