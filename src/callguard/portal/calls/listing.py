"""The list of calls: newest first, searched, filtered, and told when there is something new."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web

from ...calllog.errors import CursorError
from ...calllog.log import CallLog
from ...calllog.outcome import Outcome
from ...screening import Action, Reason
from ..asked import Asked
from ..form import Form
from .recording import recorded
from .shown import show

PAGE = 30
"""Calls on one page: a few screens of a telephone."""
MAX_SEARCH = 100
"""Characters of a search."""

SHOWN: Mapping[str, Mapping[str, Any]] = {
    "all": {},
    "refused": {"action": Action.REJECT},
    "warned": {"action": Action.WARN},
    "checked": {"action": Action.CHALLENGE},
    "connected": {"action": Action.CONNECT},
    "answered": {"outcome": Outcome.ANSWERED},
    "left": {"outcome": Outcome.LEFT},
    "listed": {"reason": Reason.FRAUD_LIST},
}
"""What can be shown, by the word in the address."""

LOOK_SECONDS = 2.0
"""How often an open page's marker is read: one small query, on an index."""
LOOKS = 30
"""After so many, a minute, the stream ends; the browser asks again, and its rights are seen."""
MAX_OPEN = 200
"""Open pages told at once; a further one is not, and has its link to reload."""

_open: set[web.StreamResponse] = set()


@dataclass(frozen=True, slots=True)
class Wish:
    """Which calls an address asks for."""

    show: str = "all"
    """A word of ``SHOWN``."""
    q: str = ""
    """What is searched for."""
    before: str = ""
    """Where the page begins; empty: at the newest call."""

    @classmethod
    def of(cls, query: Form) -> Self:
        """Read the query of an address; what makes no sense is left away."""
        show = query.typed("show")
        return cls(
            show if show in SHOWN else "all",
            query.text("q", most=MAX_SEARCH, needed=False),
            query.text("before", most=40, needed=False),
        )

    def query(self, **changed: str) -> dict[str, str]:
        """Return the query of the address that asks for this, with some of it *changed*."""
        whole = {"show": self.show, "q": self.q, "before": self.before, **changed}
        return {name: value for name, value in whole.items() if value and value != "all"}


async def calls(asked: Asked) -> web.Response:
    """Show a page of calls."""
    wish = Wish.of(asked.query)
    log = CallLog(asked.database)
    try:
        page = await asked.work(
            log.calls,
            asked.household,
            **SHOWN[wish.show],
            search=wish.q,
            before=wish.before or None,
            limit=PAGE,
        )
    except CursorError:
        return asked.onward(asked.path("calls"))
    marker = await asked.work(log.newest, asked.household)
    return asked.page(
        "calls/list.html",
        recorded=await recorded(asked, [call.call_id for call in page.calls]),
        shown=[show(call, asked.language, now=asked.now) for call in page.calls],
        older=page.older,
        wish=wish,
        choices=tuple(SHOWN),
        marker=marker,
    )


async def live(asked: Asked) -> web.StreamResponse:
    """Tell an open page when its calls have changed: server-sent events without content.

    ``since`` is the marker that the page was made with. What has changed is read from the page
    itself, so that this can tell nothing that the page would not.
    """
    since = asked.query.text("since", most=40, needed=False)
    if "text/event-stream" not in asked.request.headers.get("Accept", ""):
        raise web.HTTPNotAcceptable
    if len(_open) >= MAX_OPEN:
        raise web.HTTPServiceUnavailable(headers={"Retry-After": "60"})
    household, log = asked.household, CallLog(asked.database)
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    _open.add(response)
    try:
        await response.prepare(asked.request)
        for _ in range(LOOKS if asked.request.method == "GET" else 0):
            if await asked.work(log.newest, household) != since:
                await response.write(b"event: new\ndata: calls\n\n")
                break
            await response.write(b": nothing new\n\n")
            await asyncio.sleep(LOOK_SECONDS)
    except ConnectionError:
        pass  # the page was closed
    finally:
        _open.discard(response)
    return response
