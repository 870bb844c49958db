"""What can go wrong with the log of calls; every message is for people.

::

    CallLogError
    ├── NoSuchCall          the household has no such call
    ├── CursorError         the place to go on from is none
    ├── EvidenceError       an archive that cannot be made or does not hold
    └── ErasureError        what to erase was not said rightly
"""


class CallLogError(Exception):
    """A request about the log of calls that cannot be carried out; the message says why."""


class NoSuchCall(CallLogError):
    """The household has no such call: of another household's, nothing is told."""


class CursorError(CallLogError):
    """The place to go on from is none that this log gave."""


class EvidenceError(CallLogError):
    """An archive of evidence that cannot be made, or does not hold."""


class ErasureError(CallLogError):
    """What is to be erased was not said, or not rightly."""
