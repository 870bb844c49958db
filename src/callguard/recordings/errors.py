"""What can go wrong with recordings; every message is for people.

::

    RecordingError
    ├── NoRecording          the household has no recording of this call
    ├── RecordingElsewhere   it lies at another node, or is lost
    ├── DamagedRecording     it cannot be decrypted: altered, cut off, or another key
    └── NoRoom               the disk has no room for it
"""


class RecordingError(Exception):
    """A recording that cannot be had; the message says why."""


class NoRecording(RecordingError):
    """The household has no recording of this call: of another household's, nothing is told."""


class RecordingElsewhere(RecordingError):
    """The recording is known, and is not in this node's folder."""


class DamagedRecording(RecordingError):
    """What lies there is not what was recorded, or the key is another."""


class NoRoom(RecordingError):
    """The disk has no room: the recording waits where Asterisk left it."""
