"""How the parts of a node stand at one moment, beside what its processes count."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Standing:
    """What ``services`` knows."""

    journal_files: int = 0
    journal_bytes: int = 0
    """Records that wait to be brought into the database."""
    journal_stuck: bool = False
    """The database does not take them."""
    unreadable: int = 0
    """Records of the journal that could not be read."""
    news_waiting: int = 0
    """Messages that wait to be sent."""
    news_oldest_seconds: float = 0.0
    """How long the oldest of them has been due."""
    news_silent: bool = False
    """The process that tells news has not been heard of."""
    reports_waiting: int = 0
    """Scam reports that wait for the feed."""
    recordings_in_clear: int = 0
    """Recordings that Asterisk has closed, and that are not encrypted yet."""
    recordings_stuck: bool = False
    """They cannot be encrypted or kept, or the disk on which Asterisk records is full."""
    recordings_cut_off: int = 0
    """Recordings that are not whole, since the services started."""
    asterisk_wanted: bool = False
    """There is a secret for AMI."""
    asterisk_connected: bool = False
    asterisk_calls: int | None = None
    """Calls that Asterisk handles, screened or not; None if it does not say."""
    asterisk_seconds: float | None = None
    """How long Asterisk has run."""
    followed: int = 0
    """Screened calls in progress."""
    defences: Counter[str] = field(default_factory=Counter)
    """Calls by the line of defence that decided, since the services started."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """Screened calls by how they ended, since the services started."""
    policies: int | None = None
    """Policies in this node's copy; None if the database is on this node."""
    policies_in_step: bool = True
    disk_free: int = 0
    """Bytes that are free where the data folder is."""
