"""The one table of operations: routes, document and tests are made from it."""

from functools import cache
from typing import Any

from . import (
    about,
    calls,
    lists,
    me,
    proposals,
    protection,
    provisioning,
    recordings,
    reports,
    screening,
    telephones,
)
from .document import document
from .operation import Operation

OPERATIONS: tuple[Operation, ...] = (
    *about.OPERATIONS,
    *me.OPERATIONS,
    *calls.OPERATIONS,
    *recordings.OPERATIONS,
    *lists.OPERATIONS,
    *protection.OPERATIONS,
    *telephones.OPERATIONS,
    *proposals.OPERATIONS,
    *reports.OPERATIONS,
    *provisioning.OPERATIONS,
    *screening.OPERATIONS,
)
"""Every operation."""


@cache
def the_document(session_cookie: str) -> dict[str, Any]:
    """Return the OpenAPI document; ``session_cookie`` is the name of the portal's cookie."""
    return document(OPERATIONS, session_cookie)
