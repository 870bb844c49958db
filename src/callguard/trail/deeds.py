"""The words of the audit trail, and how a line is added to it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from .models import Deed


class What(StrEnum):
    """What somebody did. A word once written is never renamed: the trail is kept."""

    ADD_HOUSEHOLD = "add-household"
    RENAME_HOUSEHOLD = "rename-household"
    REMOVE_HOUSEHOLD = "remove-household"
    IMPORT_HOUSEHOLDS = "import-households"
    """Many were signed up from a table."""
    OFF_BOARD_HOUSEHOLDS = "off-board-households"
    MOVE_HOUSEHOLD = "move-household"
    """To another line."""
    SET_GROUP = "set-group"
    """A household follows another group, or none."""
    ADD_GROUP = "add-group"
    CHANGE_GROUP = "change-group"
    REMOVE_GROUP = "remove-group"
    IMPORT_AT_RISK = "import-at-risk"
    PROPOSE_PROFILE = "propose-profile"
    ACCEPT_PROFILE = "accept-profile"
    DECLINE_PROFILE = "decline-profile"
    WITHDRAW_PROFILE = "withdraw-profile"
    GIVE_CONSENT = "give-consent"
    REVOKE_CONSENT = "revoke-consent"
    ALLOW = "allow"
    BLOCK = "block"
    UNLIST = "unlist"
    IMPORT_NUMBERS = "import-numbers"
    EXPORT_NUMBERS = "export-numbers"
    CHANGE_SETTINGS = "change-settings"
    CHANGE_RETENTION = "change-retention"
    ADD_TELEPHONE = "add-telephone"
    REMOVE_TELEPHONE = "remove-telephone"
    CALL_FIRST = "call-first"
    EXPECT = "expect"
    STOP_EXPECTING = "stop-expecting"
    REPORT = "report"
    INVITE = "invite"
    WITHDRAW_INVITATION = "withdraw-invitation"
    JOIN = "join"
    CHANGE_ROLE = "change-role"
    REMOVE_MEMBER = "remove-member"
    SIGN_IN = "sign-in"
    SIGN_OUT_DEVICE = "sign-out-device"
    ADD_PASSKEY = "add-passkey"
    REMOVE_PASSKEY = "remove-passkey"
    SET_PASSWORD = "set-password"  # noqa: S105 - a word, no password
    REMOVE_PASSWORD = "remove-password"  # noqa: S105
    SET_SECOND_FACTOR = "set-second-factor"
    MAKE_RECOVERY_CODES = "make-recovery-codes"
    ISSUE_TOKEN = "issue-token"  # noqa: S105
    REVOKE_TOKEN = "revoke-token"  # noqa: S105
    GRANT = "grant"
    END_GRANT = "end-grant"
    LOOK = "look"
    """An operator looked at a household, under its grant where calls were shown."""
    EXPORT_EVIDENCE = "export-evidence"
    ERASE_CALLS = "erase-calls"
    LISTEN = "listen"
    """Somebody listened to a recording, or took it out of callguard."""
    ERASE_RECORDINGS = "erase-recordings"
    ADD_CHANNEL = "add-channel"
    REMOVE_CHANNEL = "remove-channel"
    CHANGE_NOTICES = "change-notices"


@dataclass(frozen=True, slots=True)
class Doer:
    """Who does something, and from where."""

    who: str
    """A name to show."""
    person_id: int | None = None
    address: str = ""
    """The IP address, where there is one."""


COMMAND_LINE = Doer("command line")
PROVISIONING = Doer("provisioning")
"""The carrier's own program."""
HOME_TELEPHONE = Doer("home telephone")
"""Somebody at home, who pressed a key."""
FAMILY_TELEPHONE = Doer("family telephone")


def record(
    session: Session,
    by: Doer,
    what: What,
    *,
    household_id: int | None,
    now: datetime,
    **detail: Any,
) -> None:
    """Add a line to the trail, in the transaction of the deed itself, and tell what is news of it.

    ``detail`` holds JSON values; numbers as E.164 digits; never a secret.
    """
    session.add(
        Deed(
            at=now,
            household_id=household_id,
            person_id=by.person_id,
            who=by.who,
            address=by.address,
            what=what.value,
            detail=detail,
        )
    )
    if household_id is not None:
        # Here, and not above: what is news is told in the words of the trail.
        from ..notify.occasions import deed_done

        deed_done(session, by, what, household_id=household_id, detail=detail, now=now)
