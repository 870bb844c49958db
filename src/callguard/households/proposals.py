"""Households that stand on fraudsters' lists: a stronger protection is proposed to each.

The police hand over which subscribers stand on lists that fraudsters traded. An operator's import
changes nobody's protection. It proposes a profile, which takes effect when the household agrees,
in the portal or on paper, and never before.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import Database
from ..numbers import format_number
from ..screening import Policy
from ..trail import Doer, What, record
from . import plain_text
from .at_risk import AtRisk
from .change import changing, get, group_of, policy_of, settings_of
from .consent_text import Purpose
from .document import settings_from_json, settings_to_json
from .errors import Fault, HouseholdError
from .models import Household, Proposal
from .onboarding import CHUNK, chunks
from .profiles import check_profile, strengthened


class Decision(StrEnum):
    """What has become of a proposal."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    """By the operator, or for another one."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal as the household sees it."""

    id: int
    profile: str
    reference: str
    made_at: datetime
    decided_at: datetime | None
    decision: Decision | None
    """None: it is open."""
    decided_by: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Undecided:
    """A household with an open proposal, as an operator sees it."""

    id: int
    line: int
    """E.164 digits."""
    name: str
    profile: str


class Effect(StrEnum):
    """What comes of a row."""

    PROPOSED = "proposed"
    PRESENT = "present"
    """The same is proposed already, or was decided."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Told:
    """A row, and what has come of it; of a dry run, what would."""

    row: AtRisk
    effect: Effect
    errors: tuple[HouseholdError, ...] = ()
    household: int | None = None


class Proposals:
    """What is proposed to the households in *database*."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def propose(
        self, rows: Iterable[AtRisk], *, by: Doer, now: datetime, dry_run: bool = False
    ) -> Iterator[Told]:
        """Propose to every household of *rows*, and yield each row with what has come of it.

        Raises:
            HouseholdError: the table cannot be read on.
            DatabaseError: the database failed; what was yielded before is done.

        """
        for some in chunks(rows, CHUNK):
            if dry_run:
                with self._database.reading() as session:
                    yield from _plan(session, some)
            else:
                with self._database.transaction() as session:
                    told = _plan(session, some, lock=True)
                    for one in told:
                        if one.effect is Effect.PROPOSED:
                            _propose(session, one, by, now)
                yield from told

    def open(self, household: int) -> Proposed | None:
        """Return the proposal that waits for the household's decision, or None."""
        return next((one for one in self.history(household) if one.decision is None), None)

    def history(self, household: int) -> tuple[Proposed, ...]:
        """Return all that was proposed to a household, the newest first."""
        with self._database.reading() as session:
            found = session.scalars(
                select(Proposal)
                .where(Proposal.household_id == household)
                .order_by(Proposal.id.desc())
                .limit(100)
            )
            return tuple(map(_seen, found))

    def waiting(self, after: int = 0, limit: int = 50) -> tuple[Undecided, ...]:
        """Return households that have not decided, by id beyond *after*."""
        with self._database.reading() as session:
            found = session.execute(
                select(Household.id, Household.line, Household.name, Proposal.profile)
                .join(Proposal, Proposal.household_id == Household.id)
                .where(Proposal.decided_at.is_(None), Household.id > after)
                .order_by(Household.id)
                .limit(limit)
            )
            return tuple(Undecided(*one) for one in found)

    def accept(
        self,
        household: int,
        profile: str | None = None,
        *,
        decided_by: str,
        evidence: str = "",
        by: Doer,
        now: datetime,
    ) -> dict[str, Any]:
        """Put the proposal into effect, or another *profile*; return what changed, JSON values.

        Args:
            household: its id.
            profile: the profile that the household chose; None: the one that was proposed.
            decided_by: who agreed for the household.
            evidence: how that is known; empty: they did it themselves.
            by: who records it.
            now: the time (aware).

        Raises:
            HouseholdError: nothing is proposed, there is no such profile, the household has not
                agreed to screening, or a text is unusable.

        """
        chosen = None if profile is None else check_profile(profile)
        with changing(self._database, household, now) as (session, found):
            proposal = _waiting(session, household)
            before = policy_of(session, found, now)
            if not before.consent:
                raise HouseholdError(
                    "the household has not agreed to screening, and without that nothing "
                    "takes effect; record its consent first",
                    Fault.NO_CONSENT,
                    purpose=Purpose.SCREENING,
                )
            proposal.profile = chosen or proposal.profile
            changes = strengthened(proposal.profile, before)
            found.settings = {**found.settings, **changes}
            values = settings_of(found, group_of(session, found))
            after = settings_to_json(Policy(**settings_from_json(values)))
            _decide(proposal, Decision.ACCEPTED, decided_by, evidence, now)
            _note(session, What.ACCEPT_PROFILE, proposal, by, now)
            if changes:
                old = settings_to_json(before)
                record(
                    session,
                    by,
                    What.CHANGE_SETTINGS,
                    household_id=household,
                    now=now,
                    changes={name: [old[name], after[name]] for name in changes},
                )
            return changes

    def decline(
        self, household: int, *, decided_by: str, evidence: str = "", by: Doer, now: datetime
    ) -> None:
        """Leave everything as it is.

        Raises:
            HouseholdError: nothing is proposed, or a text is unusable.

        """
        self._end(household, Decision.DECLINED, What.DECLINE_PROFILE, decided_by, evidence, by, now)

    def withdraw(self, household: int, *, by: Doer, now: datetime) -> None:
        """Take the proposal back.

        Raises:
            HouseholdError: nothing is proposed.

        """
        self._end(household, Decision.WITHDRAWN, What.WITHDRAW_PROFILE, by.who, "", by, now)

    def _end(
        self,
        household: int,
        decision: Decision,
        what: What,
        decided_by: str,
        evidence: str,
        by: Doer,
        now: datetime,
    ) -> None:
        with self._database.transaction() as session:
            get(session, household, lock=True)
            proposal = _waiting(session, household)
            _decide(proposal, decision, decided_by, evidence, now)
            _note(session, what, proposal, by, now)


def _plan(session: Session, some: Sequence[AtRisk], *, lock: bool = False) -> list[Told]:
    lines = [one.line for one in some if one.line is not None]
    # In the order of their ids: two imports of the same list must not wait for each other.
    homes = select(Household.line, Household.id).where(Household.line.in_(lines))
    homes = homes.order_by(Household.id)
    found = session.execute(homes.with_for_update() if lock else homes)
    households = dict(found.all())
    newest: dict[int, Proposal] = {}
    for proposal in session.scalars(
        select(Proposal).where(Proposal.household_id.in_(households.values())).order_by(Proposal.id)
    ):
        newest[proposal.household_id] = proposal
    told = []
    for one in some:
        household = households.get(one.line) if one.line is not None else None
        errors = one.errors
        if one.line is not None and household is None:
            errors = (
                *errors,
                HouseholdError(
                    f"the line {format_number(one.line)} has no household; sign it up first",
                    Fault.NO_HOUSEHOLD,
                ),
            )
        last = newest.get(household) if household is not None else None
        same = last is not None and last.reference == one.reference
        if last is not None and last.decided_at is None:
            same = same and last.profile == one.profile
        effect = Effect.REFUSED if errors else Effect.PRESENT if same else Effect.PROPOSED
        told.append(Told(one, effect, errors, household))
    return told


def _propose(session: Session, told: Told, by: Doer, now: datetime) -> None:
    assert told.household is not None
    for before in session.scalars(
        select(Proposal).where(
            Proposal.household_id == told.household, Proposal.decided_at.is_(None)
        )
    ):
        _decide(before, Decision.WITHDRAWN, by.who, "", now)
    proposal = Proposal(
        household_id=told.household,
        profile=told.row.profile,
        reference=told.row.reference,
        made_at=now,
        made_by=by.who,
    )
    session.add(proposal)
    _note(session, What.PROPOSE_PROFILE, proposal, by, now)


def _waiting(session: Session, household: int) -> Proposal:
    found = session.scalar(
        select(Proposal)
        .where(Proposal.household_id == household, Proposal.decided_at.is_(None))
        .order_by(Proposal.id.desc())
        .limit(1)
    )
    if found is None:
        raise HouseholdError(
            "nothing is proposed to the household, or it has decided", Fault.NO_PROPOSAL
        )
    return found


def _decide(
    proposal: Proposal, decision: Decision, decided_by: str, evidence: str, now: datetime
) -> None:
    proposal.decided_by = plain_text.name(decided_by, "who decided", needed=True)
    proposal.evidence = plain_text.note(evidence, "evidence")
    proposal.decision = decision.value
    proposal.decided_at = now


def _note(session: Session, what: What, proposal: Proposal, by: Doer, now: datetime) -> None:
    detail = {"profile": proposal.profile}
    if proposal.decided_by:
        detail["decided_by"] = proposal.decided_by
    if proposal.evidence:
        detail["evidence"] = proposal.evidence
    record(session, by, what, household_id=proposal.household_id, now=now, **detail)


def _seen(proposal: Proposal) -> Proposed:
    return Proposed(
        proposal.id,
        proposal.profile,
        proposal.reference,
        proposal.made_at,
        proposal.decided_at,
        Decision(proposal.decision) if proposal.decision else None,
        proposal.decided_by,
        proposal.evidence,
    )
