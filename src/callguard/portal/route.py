"""What a page is: its address, who may open it, and what it asks for before.

Every page of every feature is a :class:`Route`; ``website.py`` gathers them. The rights are kept
before a handler runs, so that no handler can forget them, and tests go through the same table.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web

from ..people.rights import Right
from .asked import Asked

FORM_BYTES = 64 * 1024
"""What the fields of a form take together, files aside; ticks for 5,000 contacts fit."""

Handler = Callable[[Asked], Awaitable[web.StreamResponse]]

_HOUSEHOLD = "{household}"


class Who(StrEnum):
    """Who may open a page that is no household's."""

    ANYONE = "anyone"
    SIGNED_IN = "signed-in"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one page."""

    method: str
    """``GET`` or ``POST``; a page that answers GET answers HEAD too."""
    path: str
    """Such as ``/h/{household}/calls/{call}``: ``{household}`` and ``{…_id}`` are whole numbers."""
    handler: Handler
    who: Who | Right
    """A right is one in the household that the path names, and only there."""
    proof: bool = False
    """Whether the person must have proved lately who they are (a passkey, or a password again)."""
    upload: int = 0
    """Bytes that a file in the form may have; 0: the form has none."""
    html: bool = True
    """False: a GET answers with something other than a page, such as a sound or a stream."""

    def __post_init__(self) -> None:
        of_household = self.path.startswith(f"/h/{_HOUSEHOLD}")
        if of_household != isinstance(self.who, Right):
            raise ValueError(f"{self.path}: a right goes with a household's page, and only there")
        if self.proof and self.who is Who.ANYONE:
            raise ValueError(f"{self.path}: anyone cannot prove who they are")

    @property
    def pattern(self) -> str:
        """The path as aiohttp's router reads it.

        Ids have at most nine digits, as PostgreSQL's integers have, those of calls and telephone
        numbers eighteen: a longer one would be an error of the database, not a thing that is not
        there.
        """
        path = re.sub(r"\{(call_id|number_id)\}", r"{\1:[0-9]{1,18}}", self.path)
        return re.sub(r"\{(household|[a-z_]+_id)\}", r"{\1:[0-9]{1,9}}", path)
