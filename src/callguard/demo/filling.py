"""Fills the portal of a demo's household with a month of calls, and takes them away again.

Which households are a demo's, and what was put into them, stands in a file of the data folder:
``demo.json``. A household gets there when it is signed up, and no other way, so that nothing is
ever put among the calls of a real one.
"""

import json
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from ..database import Database
from ..database.forgetting import forget_deleted
from ..feed import trust_store
from ..households.change import changing
from ..households.change import get as household_of
from ..households.models import Household
from ..households.registry import Home, Registry, erase, line_number
from ..leaving import erase_strangers, members_of
from ..numbers import format_number
from ..recordings.keys import NodeKey
from ..recordings.models import RecordingRow
from ..recordings.shelf import Shelf
from ..settings import Settings
from ..trail import COMMAND_LINE
from .errors import DemoError
from .marked import FILE
from .month import LISTED_FOR, SEED, month
from .traces import Traces, put, take_out

NAME = "デモ (demo)"
"""What a household is called that is signed up here."""


@dataclass(slots=True)
class _Demo:
    """One household of the demo's, as the file has it."""

    signed_up: str
    """When; with the line it tells the household from a later one on the same line."""
    own: bool = False
    """It was signed up to be filled, and goes when what it was filled with goes."""
    filled: bool = False
    traces: Traces = field(default_factory=Traces)
    shelf: bool = False
    """The folder of the recordings was made for it."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What a household was filled with."""

    home: Home
    calls: int
    recordings: int


class Demos:
    """The demo's households in *database*, at the node of *settings*."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._shelf = Shelf(settings.recordings)
        self._file = _File(settings.data / FILE)

    def sign_up(
        self, line: str, name: str, *, consent_by: str | None, evidence: str = "", now: datetime
    ) -> Home:
        """Sign up a household on *line* (as typed) as a demo's; raises as ``Registry.add`` does.

        It is dated back, so that it was there before the calls that it may be filled with.
        """
        home = Registry(self._database).add(
            line,
            name,
            consent_by=consent_by,
            evidence=evidence,
            by=COMMAND_LINE,
            now=now - LISTED_FOR,
        )
        self._file.put(home, _Demo(home.created_at.isoformat()))
        return home

    def fill(self, line: str, *, now: datetime, seed: int = SEED, again: bool = False) -> Filled:
        """Fill the demo's household on *line* (as typed) with a month of calls until *now*.

        Without a household on the line, one is signed up. The same *seed* gives the same calls.
        With *again* the calls of before are taken away first, if there are any.

        Raises:
            HouseholdError: the line is no number.
            DemoError: its household is a real one, or filled already.
            DatabaseError: the database does not answer.
            OSError: the data folder cannot be written.

        """
        home = self._find(line)
        if home is None:
            home = self.sign_up(line, NAME, consent_by=NAME, now=now)
            demo = self._demo(home)
            demo.own = True
            self._file.put(home, demo)
        demo = self._demo(home)
        shown = format_number(home.line)
        if demo.filled and not again:
            raise DemoError(
                f"the household on {shown} is filled already; for the calls of today's month say "
                "--again"
            )
        if demo.filled:
            self._empty(home, demo, now)
            self._file.put(home, replace(demo, filled=False, traces=Traces()))
            demo = self._demo(home)
        calls = {secrets.token_hex(8): call for call in month(now, seed)}
        kept = sum(call.kept is not None for call in calls.values())
        demo.filled, demo.traces = True, Traces(list(calls))
        demo.shelf = not self._shelf.folder.exists()
        node = NodeKey(self._settings.recordings_key)
        with changing(self._database, home.id, now) as (session, household):
            # Written before anything is there: whatever is killed, all can be taken away again.
            self._file.put(home, demo)
            demo.traces = put(session, household, calls, shelf=self._shelf, node=node, now=now)
            self._file.put(home, demo)
        return Filled(home, len(calls), kept)

    def remove(self, line: str, *, now: datetime) -> Home:
        """Take away what the household on *line* (as typed) was filled with.

        One that was signed up to be filled goes too. Nothing stays, in the trail either.

        Raises:
            HouseholdError: the line is no number.
            DemoError: it has no household, or a real one, or one that is not filled.
            DatabaseError: the database does not answer.
            OSError: the data folder cannot be written.

        """
        home = self._find(line)
        shown = format_number(line_number(line))
        if home is None:
            raise DemoError(f"the line {shown} has no household; there is nothing to remove")
        demo = self._demo(home)
        if not demo.filled:
            raise DemoError(f"the household on {shown} is not filled; there is nothing to remove")
        if demo.own:
            self._remove_household(home)
            self._clear_up(demo)
        else:
            self._empty(home, demo, now)
        self._file.put(home, None if demo.own else _Demo(demo.signed_up))
        return home

    def _find(self, line: str) -> Home | None:
        number = line_number(line)
        with self._database.reading() as session:
            found = session.scalar(select(Household.id).where(Household.line == number))
        return None if found is None else Registry(self._database).get(found)

    def _demo(self, home: Home) -> _Demo:
        demo = self._file.get(home)
        if demo is None:
            raise DemoError(
                f"the household on {format_number(home.line)} ({home.name}) is a real one and "
                "stays as it is; name a line that has none, with --line"
            )
        return demo

    def _empty(self, home: Home, demo: _Demo, now: datetime) -> None:
        with changing(self._database, home.id, now) as (session, household):
            take_out(session, household, demo.traces)
        self._clear_up(demo)

    def _remove_household(self, home: Home) -> None:
        with self._database.transaction() as session:
            household = household_of(session, home.id, lock=True)
            recorded = session.scalars(
                select(RecordingRow.call_id).where(RecordingRow.household_id == home.id)
            ).all()
            people = members_of(session, [home.id])
            erase(session, [household])
            erase_strangers(session, people)
        self._shelf.forget(recorded)

    def _clear_up(self, demo: _Demo) -> None:
        """Remove what is left of deleted rows, and the files of their recordings."""
        forget_deleted(self._database)
        self._shelf.remove(demo.traces.calls)
        if demo.shelf:
            with suppress(OSError):  # others have recordings in it now
                self._shelf.folder.rmdir()


class _File:
    """The file that tells which households are the demo's; it is there while there is one."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, home: Home) -> _Demo | None:
        found = self._read().get(str(home.line))
        return found if found and found.signed_up == home.created_at.isoformat() else None

    def put(self, home: Home, demo: _Demo | None) -> None:
        demos = self._read()
        demos.pop(str(home.line), None)
        if demo is not None:
            demos[str(home.line)] = demo
        if demos:
            content = {line: asdict(one) for line, one in demos.items()}
            self._path.parent.mkdir(parents=True, exist_ok=True)
            trust_store.replace(self._path, json.dumps(content).encode())
        else:
            self._path.unlink(missing_ok=True)

    def _read(self) -> dict[str, _Demo]:
        try:
            content = json.loads(self._path.read_bytes())
            return {
                line: _Demo(**{**one, "traces": Traces(**one["traces"])})
                for line, one in content.items()
            }
        except FileNotFoundError:
            return {}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise OSError(
                f"{self._path} is damaged; delete it, and its households count as real ones"
            ) from error
