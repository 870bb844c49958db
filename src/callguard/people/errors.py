"""What this room refuses, and why."""

from datetime import timedelta
from enum import StrEnum


class Fault(StrEnum):
    """The kind of a refusal: pages say each in words of their own."""

    NAME = "name"
    """A name is missing, too long, or holds signs that nobody writes."""
    LANGUAGE = "language"
    MAIL = "mail"
    """It is no mail address."""
    MAIL_TAKEN = "mail-taken"
    """Somebody signs in with this mail address already."""
    PASSWORD_SHORT = "password-short"  # noqa: S105 - a word, no password
    PASSWORD_LONG = "password-long"  # noqa: S105
    PASSWORD_PLAIN = "password-plain"  # noqa: S105
    """It is the mail address, one sign over and over, or else known to everybody."""
    NO_SUCH_PERSON = "no-such-person"
    NO_SUCH_INVITATION = "no-such-invitation"
    """It never was, has been withdrawn, has been used, or is over: which, is not told."""
    ALREADY_MEMBER = "already-member"
    LAST_MANAGER = "last-manager"
    LAST_WAY_IN = "last-way-in"
    NO_SUCH_DEVICE = "no-such-device"
    NO_SUCH_PASSKEY = "no-such-passkey"
    TOO_MANY = "too-many"
    """As many as there may be are there: passkeys, invitations, tokens."""
    NO_GRANT = "no-grant"
    """The household does not let the carrier's staff see its calls."""
    NO_SUCH_TOKEN = "no-such-token"  # noqa: S105
    TOKEN_SCOPES = "token-scopes"  # noqa: S105
    """A token needs a scope, and only such as its person's role allows."""
    TOKEN_END = "token-end"  # noqa: S105
    """A token ends within a year, and not in the past."""
    PASSKEY = "passkey"
    """The passkey's answer does not hold."""
    TOO_LATE = "too-late"
    """What was begun is over: it took too long, or was finished before."""
    SIGN_IN = "sign-in"
    """Mail address, password or code is wrong: which, is not told."""
    CODE = "code"
    """A code of the second factor is wrong, or was used before."""
    GRANT_DAYS = "grant-days"
    """A grant for no day, or for too many."""
    NO_SUCH_HOUSEHOLD = "no-such-household"
    WAIT = "wait"
    """Too many failed proofs: one has to wait."""


class PeopleError(Exception):
    """A request that cannot be carried out; the message says why and what would do.

    ``kind`` says it for programs; ``wait`` is how long to wait, with :attr:`Fault.WAIT`.
    """

    def __init__(self, kind: Fault, message: str, *, wait: timedelta | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.wait = wait
