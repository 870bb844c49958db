"""Groups: named sets of defaults that households follow, but for what they chose themselves.

A change of a group is one row, in force for the group at once; the policy documents of those who
follow it are written after it, some hundreds in a transaction. A document remembers which revision
of its group it was written with, so whatever is interrupted is seen, and goes on: by the same
command again, or by the services of any node.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..database import Database
from ..trail import Doer, What, record
from . import plain_text
from .change import changing, write_documents
from .errors import Fault, HouseholdError
from .models import Household, HouseholdGroup
from .onboarding import CHUNK, no_group
from .settings import read_setting

DEFAULT = "default"
"""The value that takes a setting out of a group: callguard's own default counts again."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group as it stands."""

    id: int
    name: str
    settings: Mapping[str, Any]
    """Its defaults, as JSON values, where they differ from callguard's own."""
    households: int
    behind: int
    """How many of them have policies that were written before its last change."""


class Groups:
    """The groups in *database*."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> tuple[Group, ...]:
        """Return the groups by name."""
        with self._database.reading() as session:
            found = session.scalars(select(HouseholdGroup).order_by(HouseholdGroup.name)).all()
            return tuple(_seen(session, one) for one in found)

    def find(self, name: str) -> Group:
        """Return a group by its name.

        Raises:
            HouseholdError: there is none.

        """
        with self._database.reading() as session:
            return _seen(session, _get(session, name))

    def of(self, household: int) -> Group | None:
        """Return the group that a household follows, or None."""
        with self._database.reading() as session:
            found = session.scalar(
                select(HouseholdGroup)
                .join(Household, Household.group_id == HouseholdGroup.id)
                .where(Household.id == household)
            )
            return None if found is None else _seen(session, found)

    def add(self, name: str, settings: Mapping[str, str], *, by: Doer, now: datetime) -> Group:
        """Make a group with defaults as typed.

        Raises:
            HouseholdError: there is one of that name, or a name, setting or value is unusable.

        """
        shown = plain_text.name(name, needed=True)
        values = _read(settings)
        with self._database.transaction() as session:
            if session.scalar(select(HouseholdGroup.id).where(HouseholdGroup.name == shown)):
                raise HouseholdError(
                    f"there is a group {shown!r} already", Fault.GROUP_TAKEN, group=shown
                )
            chosen = {key: value for key, value in values.items() if value != DEFAULT}
            group = HouseholdGroup(name=shown, settings=chosen, revision=1, created_at=now)
            session.add(group)
            session.flush()
            record(session, by, What.ADD_GROUP, household_id=None, now=now, name=shown, set=chosen)
            return _seen(session, group)

    def change(self, name: str, settings: Mapping[str, str], *, by: Doer, now: datetime) -> Group:
        """Change defaults of a group, as typed; its households follow with :meth:`bring_in_step`.

        Raises:
            HouseholdError: there is no such group, setting or value.

        """
        values = _read(settings)
        with self._database.transaction() as session:
            group = _get(session, name, lock=True)
            before = group.settings
            after = {**before, **values}
            after = {key: value for key, value in after.items() if value != DEFAULT}
            if after != before:
                group.settings = after
                group.revision += 1
                detail = {
                    key: [before.get(key, DEFAULT), after.get(key, DEFAULT)]
                    for key in values
                    if before.get(key, DEFAULT) != after.get(key, DEFAULT)
                }
                record(
                    session,
                    by,
                    What.CHANGE_GROUP,
                    household_id=None,
                    now=now,
                    name=group.name,
                    set=detail,
                )
            session.flush()
            return _seen(session, group)

    def remove(self, name: str, *, by: Doer, now: datetime) -> None:
        """Remove a group that nobody follows.

        Raises:
            HouseholdError: there is no such group, or households follow it.

        """
        with self._database.transaction() as session:
            group = _get(session, name, lock=True)
            count = _seen(session, group).households
            if count:
                raise HouseholdError(
                    f"{count} households follow {group.name!r}; have them follow another first",
                    Fault.GROUP_IN_USE,
                    group=group.name,
                    count=count,
                )
            session.delete(group)
            record(session, by, What.REMOVE_GROUP, household_id=None, now=now, name=group.name)

    def follow(self, household: int, name: str | None, *, by: Doer, now: datetime) -> None:
        """Have a household follow the defaults of a group, or of none.

        Raises:
            HouseholdError: there is no such household or group.

        """
        with changing(self._database, household, now) as (session, found):
            group = None if name is None else _get(session, name)
            if found.group_id == (group.id if group else None):
                return
            found.group_id = group.id if group else None
            record(
                session,
                by,
                What.SET_GROUP,
                household_id=household,
                now=now,
                **({"name": group.name} if group else {}),
            )

    def bring_in_step(self, now: datetime, limit: int = CHUNK) -> int:
        """Write the policies of at most *limit* households that are behind; return of how many.

        Several nodes may do so at once: each takes others.
        """
        wanted = (
            select(Household)
            .join(HouseholdGroup, Household.group_id == HouseholdGroup.id)
            .where(Household.group_revision != HouseholdGroup.revision)
            .order_by(Household.id)
        )
        with self._database.reading() as session:
            if session.scalars(wanted.limit(1)).first() is None:
                return 0  # as mostly, when the services ask: nobody has to wait for a writer
        with self._database.transaction() as session:
            behind = session.scalars(
                wanted.limit(limit).with_for_update(of=Household, skip_locked=True)
            ).all()
            if behind:
                write_documents(session, behind, now)
            return len(behind)


def _read(settings: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: DEFAULT if text.strip().lower() == DEFAULT else read_setting(name, text)
        for name, text in settings.items()
    }


def _get(session: Session, name: str, *, lock: bool = False) -> HouseholdGroup:
    query = select(HouseholdGroup).where(HouseholdGroup.name == plain_text.name(name, "group"))
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise no_group(name)
    return found


def _seen(session: Session, group: HouseholdGroup) -> Group:
    of_group = Household.group_id == group.id
    count = select(func.count(Household.id)).where(of_group)
    return Group(
        group.id,
        group.name,
        group.settings,
        session.scalar(count) or 0,
        session.scalar(count.where(Household.group_revision != group.revision)) or 0,
    )
