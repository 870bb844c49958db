"""What families are told about, and who is told unless they choose otherwise: one table."""

from dataclasses import dataclass
from enum import StrEnum

from ..people.rights import Right, Role


class Topic(StrEnum):
    """What a piece of news is about."""

    LISTED_TRIED = "listed-tried"
    """A number on the police list called."""
    SCAM_KEY = "scam-key"
    """The subscriber pressed the key that means: I think this is a scam."""
    MESSAGE_LEFT = "message-left"
    """A caller who was not put through left a message."""
    DIALLED_LISTED = "dialled-listed"
    """The household's line dialled a number on the police list."""
    LONG_CALL = "long-call"
    """Somebody talks with an unknown caller for long."""
    PROTECTION_OFF = "protection-off"
    """Consent was revoked, or a refusal or a warning was switched off."""
    STRONGER_PROPOSED = "stronger-proposed"
    """A stronger protection is proposed to the household, which stands on a fraudsters' list."""
    FEED_STALE = "feed-stale"
    """A police source has not been heard for long: its list may be old."""
    MEMBER_JOINED = "member-joined"
    """Somebody accepted an invitation."""
    DIGEST = "digest"
    """What happened in a day or a week."""
    TEST = "test"
    """Somebody tries a way to be reached."""
    CODE = "code"
    """The code that shows that a mail address is the person's own."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How one topic is told."""

    right: Right
    """Who lacks it is never told."""
    wanted_by: frozenset[Role] = frozenset()
    """Who is told without having chosen."""
    of_calls: bool = False
    """Told only while the household agrees to notices: it tells of a call (通信の秘密)."""
    urgent: bool = False
    """Told in quiet hours too: somebody may be losing money at this moment."""


_FAMILY = frozenset({Role.MANAGER, Role.MEMBER, Role.VIEWER})
_KEEPERS = frozenset({Role.MANAGER, Role.MEMBER})

TERMS: dict[Topic, Terms] = {
    Topic.SCAM_KEY: Terms(Right.SEE_CALLS, _FAMILY, of_calls=True, urgent=True),
    Topic.DIALLED_LISTED: Terms(Right.SEE_CALLS, _FAMILY, of_calls=True, urgent=True),
    Topic.LONG_CALL: Terms(Right.SEE_CALLS, _FAMILY, of_calls=True, urgent=True),
    Topic.LISTED_TRIED: Terms(Right.SEE_CALLS, _KEEPERS, of_calls=True),
    Topic.MESSAGE_LEFT: Terms(Right.LISTEN, _KEEPERS, of_calls=True),
    Topic.PROTECTION_OFF: Terms(Right.SEE_PROTECTION, _KEEPERS),
    Topic.STRONGER_PROPOSED: Terms(Right.SEE_CONSENT, _KEEPERS),
    Topic.FEED_STALE: Terms(Right.SEE_PROTECTION, frozenset({Role.MANAGER})),
    Topic.MEMBER_JOINED: Terms(Right.SEE_PEOPLE, frozenset({Role.MANAGER})),
    Topic.DIGEST: Terms(Right.SEE_CALLS, frozenset(Role), of_calls=True),
}
"""The topics that a person can choose, the most pressing first."""

ASKED_FOR = frozenset({Topic.TEST, Topic.CODE})
"""What goes to one way to be reached, because its owner has just asked: told in quiet hours too."""
