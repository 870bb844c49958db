"""Recordings for an archive of evidence: those of some calls, whole and in clear."""

from collections.abc import Sequence

from .errors import RecordingError
from .recordings import Recordings

_ASKED_FOR = 500
"""Calls that the database is asked about at once."""


class Sounds:
    """The recordings of calls, as ``calllog.evidence`` takes them."""

    def __init__(self, recordings: Recordings) -> None:
        self._recordings = recordings

    def seconds(self, household_id: int, call_ids: Sequence[str]) -> dict[str, int]:
        """Return how long the recordings of those calls are that have one, by their names.

        Raises:
            DatabaseError: the database does not answer.

        """
        found: dict[str, int] = {}
        for begin in range(0, len(call_ids), _ASKED_FOR):
            some = call_ids[begin : begin + _ASKED_FOR]
            for one in self._recordings.of_calls(household_id, some).values():
                found[one.call_id] = one.seconds
        return found

    def sound(self, household_id: int, call_id: str) -> bytes | None:
        """Return a recording, a WAV file; None if it is at another node, or damaged.

        Raises:
            DatabaseError: the database does not answer.

        """
        try:
            return self._recordings.whole(household_id, call_id)
        except RecordingError:
            return None
