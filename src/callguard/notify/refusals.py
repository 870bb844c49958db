"""What people ask of their notices that cannot be done, and why.

``NoticeRefused`` carries a :class:`Trouble`, by which the portal finds its own words, and a
message of one line for programs and the command line.
"""

from enum import StrEnum


class Trouble(StrEnum):
    """Why something cannot be done."""

    NOT_FOUND = "not-found"
    TOO_MANY = "too-many"
    """A person has a limited number of ways to be reached."""
    TOO_OFTEN = "too-often"
    """Codes and test messages go out a few times an hour only: the address may be a stranger's."""
    ALREADY_THERE = "already-there"
    BAD_NAME = "bad-name"
    BAD_MAIL = "bad-mail"
    BAD_PUSH = "bad-push"
    BAD_SERVICE = "bad-service"
    """It is no address of a service, or not written as one."""
    UNKNOWN_SERVICE = "unknown-service"
    PRIVATE_TARGET = "private-target"
    """The address lies within the network of the machine itself."""
    CLEAR_TEXT = "clear-text"
    """It would cross the Internet unencrypted."""
    NO_MAIL_SERVER = "no-mail-server"
    NOT_CONFIRMED = "not-confirmed"
    WRONG_CODE = "wrong-code"
    CODE_EXPIRED = "code-expired"
    BAD_QUIET_HOURS = "bad-quiet-hours"
    BAD_DIGEST = "bad-digest"
    BAD_TOPIC = "bad-topic"


class NoticeRefused(Exception):
    """A request that cannot be carried out; the message says why and what would do."""

    def __init__(self, trouble: Trouble, message: str) -> None:
        """Refuse for *trouble*, in the words of *message*, which hold no secret."""
        super().__init__(message)
        self.trouble = trouble
