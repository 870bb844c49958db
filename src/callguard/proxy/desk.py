"""Answers a proxy's questions, however they come; whatever goes wrong, the call goes on."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from ..asterisk.answering import Answering
from ..households.reader import PolicyUnavailable
from ..settings import Settings
from .inquiry import read_inquiry
from .replying import Reply, no_verdict, reply
from .sip_answer import SIPAnswers

log = logging.getLogger(__name__)

Keep = Callable[[bytes, Callable[[], None]], None]
"""Keeps a verdict's record, then calls what sends the answer; it calls that in any case."""


class Desk:
    """Where the questions of all proxies come together in a worker."""

    def __init__(self, settings: Settings, answering: Answering, keep: Keep) -> None:
        self.keep = keep
        self._answering = answering
        self._sip = SIPAnswers(settings.sip_codes, settings.redress_url)

    def answer(self, raw: bytes) -> Reply:
        """Return the answer to a question, and what is to be kept before it is told.

        Raises:
            Problem: it is not of the documented form.

        """
        inquiry = read_inquiry(raw)
        try:
            return reply(self._answering, self._sip, inquiry, datetime.now(UTC))
        except PolicyUnavailable as error:
            log.error("no verdict: %s", error)
            return Reply(no_verdict("policies"), None)
        except Exception:
            # Anything else is a bug in the screener; this call goes on all the same.
            log.exception("no verdict")
            return Reply(no_verdict("fault"), None)
