"""Who may do what: one table of roles and rights."""

from enum import StrEnum


class Role(StrEnum):
    """A person's place in a household."""

    MANAGER = "manager"
    """Looks after the household: all rights, invites and removes people."""
    MEMBER = "member"
    """Family that may change lists and protection."""
    VIEWER = "viewer"
    """Family that looks, and changes nothing."""
    SUBSCRIBER = "subscriber"
    """The one whose telephone it is: agrees to screening, or ends it."""


class Right(StrEnum):
    """What a page or an API call needs. Operators have none of them, without a grant."""

    SEE_CALLS = "see-calls"
    """Today, the log of calls, and why a call was refused."""
    LISTEN = "listen"
    """Hear recordings of calls, and messages. Operators never do, whatever is granted."""
    SEE_LISTS = "see-lists"
    CHANGE_LISTS = "change-lists"
    """Allow, block, unlist, import; also "we expect a call"."""
    REPORT_CALLS = "report-calls"
    """Report a caller as a scam."""
    SEE_PROTECTION = "see-protection"
    CHANGE_PROTECTION = "change-protection"
    SEE_PEOPLE = "see-people"
    MANAGE_PEOPLE = "manage-people"
    """Invite, change roles, remove."""
    SEE_CONSENT = "see-consent"
    GIVE_CONSENT = "give-consent"
    """Give the household's consent, and revoke it."""
    SEE_TRAIL = "see-trail"
    """Who did what, when and from where."""
    EXPORT_LISTS = "export-lists"
    EXPORT_EVIDENCE = "export-evidence"
    ERASE_CALLS = "erase-calls"
    """Erase calls and recordings, and set how long they are kept."""
    GRANT_ACCESS = "grant-access"
    """Let the carrier's staff see the calls for a while."""
    USE_TOKENS = "use-tokens"
    """Issue tokens for the API; a token never has more rights than its person."""
    OWN_NOTICES = "own-notices"
    """Choose what news oneself is told of this household."""


_SEEING = frozenset(
    {
        Right.SEE_CALLS,
        Right.SEE_LISTS,
        Right.SEE_PROTECTION,
        Right.SEE_PEOPLE,
        Right.SEE_CONSENT,
        Right.OWN_NOTICES,
    }
)
_LISTS = frozenset({Right.CHANGE_LISTS, Right.REPORT_CALLS, Right.EXPORT_LISTS})

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.MANAGER: frozenset(Right),
    Role.MEMBER: _SEEING
    | _LISTS
    | {Right.LISTEN, Right.CHANGE_PROTECTION, Right.SEE_TRAIL, Right.USE_TOKENS},
    Role.VIEWER: _SEEING,
    Role.SUBSCRIBER: _SEEING | _LISTS | {Right.LISTEN, Right.GIVE_CONSENT, Right.SEE_TRAIL},
}
"""What each role may do."""


def may(role: Role | None, right: Right) -> bool:
    """Tell whether *role* has *right*; no role (None) has none."""
    return role is not None and right in RIGHTS[role]
