"""The pictures of the family's guide: real pages of a home with a month of calls, in Chromium."""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from playwright.async_api import Page, async_playwright
from sqlalchemy import select

from callguard.calllog.outcome import Outcome
from callguard.database import Database
from callguard.delimited import rows
from callguard.demo.month import PlannedCall
from callguard.households.at_risk import read_at_risk
from callguard.households.expectations import Expectations
from callguard.households.proposals import Proposals
from callguard.households.settings import HouseholdSettings
from callguard.notify.models import Channel
from callguard.people.devices import device_words
from callguard.people.invitations import Invitations
from callguard.people.models import Person, Session
from callguard.people.rights import Role
from callguard.recordings.shelf import Kind
from callguard.settings import Settings
from callguard.trail import Doer

from ..portal.site import NOON, Site, running_site, seed
from .chromium import DESKTOP, PHONE, Browsing, start
from .month import a_month_of_calls

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "images"

NAMES = {
    Role.MANAGER: "中村 花子",
    Role.MEMBER: "中村 健",
    Role.VIEWER: "中村 さくら",
    Role.SUBSCRIBER: "中村 ハル",
}
AGENTS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Safari/537.36",
)

CONTACTS = """名前,電話番号
みどり歯科,0422-99-6677
あおば薬局,0422-99-7788
中村 みずき,070-9999-2345
町会長さん,0422-99-1
"""
"""A telephone's contacts, one of them mistyped."""

Prepare = Callable[[Page], Awaitable[object]]


@dataclass(frozen=True)
class Picture:
    """One picture: whose browser, which page, what is done there before."""

    name: str
    path: str
    """Its parts in braces are what :func:`furnish` returns."""
    who: str | None = Role.MANAGER
    prepare: Prepare | None = None
    before: Callable[[Site], object] | None = None
    """What happens to the home before the page is opened."""
    wide: bool = False


async def _hear(page: Page) -> None:
    await page.locator("details summary").first.click()
    await page.wait_for_selector("audio")


async def _hours(page: Page) -> None:
    await page.locator("input[name=value][value=on]").check()


async def _allow(page: Page) -> None:
    await page.locator("form[action$='/act'] button").first.click()
    await page.wait_for_selector(".said")


async def _add(page: Page) -> None:
    await page.locator("input[name=number]").first.fill("0422-99-6677")
    await page.locator("input[name=name]").first.fill("みどり歯科")


async def _import(page: Page) -> None:
    contacts = {"name": "contacts.csv", "mimeType": "text/csv", "buffer": CONTACTS.encode()}
    await page.locator("input[type=file]").set_input_files(contacts)  # type: ignore[arg-type]
    await page.locator("form[action$='/files'] button").click()
    await page.wait_for_url("**/numbers/import*")


async def _dangerous(page: Page) -> None:
    await page.locator("input[name=value][value=connect]").check()
    await page.locator("main form button").last.click()
    await page.wait_for_selector(".card.alarm")


async def _revoke(page: Page) -> None:
    await page.locator("form[action$='/revoke'] button").first.click()
    await page.wait_for_selector(".card.alarm")


async def _expect(page: Page) -> None:
    await page.locator("form[action$='/expectations'] button").click()
    await page.wait_for_selector(".said")


def furnish(site: Site) -> dict[str, str]:
    """Give the home its people, numbers and calls; return what the addresses hold."""
    home, database = site.household, site.database
    with database.transaction() as session:
        for role, name in NAMES.items():
            person = session.get(Person, site.people[role])
            assert person is not None
            person.name = name
    by = Doer(NAMES[Role.MANAGER], site.people[Role.MANAGER], "192.0.2.10")
    calls = a_month_of_calls(site)
    HouseholdSettings(database).change(
        home, {"quiet_hours": "22:00-06:30"}, by=by, now=NOON - timedelta(days=3)
    )
    Expectations(database).expect(
        home, country="PH", duration=timedelta(hours=4), by=by, now=NOON - timedelta(hours=1)
    )
    with database.transaction() as session:
        session.add(
            Channel(
                person_id=site.people[Role.MANAGER],
                kind="mail",
                name="自分のメール",
                address="hanako@mail.example",
                created_at=NOON - timedelta(days=30),
                confirmed_at=NOON - timedelta(days=30),
            )
        )
    invited = Invitations(database).invite(home, Role.MEMBER, "みずき", by=by, now=NOON)
    return {
        "household": str(home),
        "call": _last(calls, lambda one: one.outcome is Outcome.LEFT),
        "recorded": _last(calls, lambda one: one.kept is Kind.CALL),
        "message": _last(calls, lambda one: one.kept is Kind.MESSAGE),
        "token": invited.token,
    }


def _last(calls: dict[str, PlannedCall], wanted: Callable[[PlannedCall], bool]) -> str:
    """Return the newest call that is wanted, by its name."""
    return next(name for name, one in reversed(calls.items()) if wanted(one))


def _propose(site: Site) -> None:
    """Have the police find the home on a list of fraudsters."""
    found = read_at_risk(rows("line\n0422-99-1111\n"), reference="A-17")
    assert len(list(Proposals(site.database).propose(found, by=Doer("係"), now=NOON))) == 1


def _two_devices(site: Site) -> None:
    """Leave two devices signed in, and call them what people's devices are called."""
    with site.database.transaction() as session:
        devices = session.scalars(select(Session).order_by(Session.id.desc())).all()
        for device in devices[len(AGENTS) :]:
            session.delete(device)
        for device, agent in zip(devices, AGENTS, strict=False):
            device.device = device_words(agent)
            device.address = "192.0.2.10"


PICTURES: Sequence[Picture] = (
    Picture("join", "/join/{token}", who=None),
    Picture("sign-in", "/sign-in", who=None),
    Picture("today", "/h/{household}/today"),
    Picture("calls", "/h/{household}/calls"),
    Picture("why", "/h/{household}/calls/{call}"),
    Picture("recorded", "/h/{household}/calls/{recorded}"),
    Picture("message", "/h/{household}/calls/{message}"),
    Picture("add-number", "/h/{household}/numbers", prepare=_add),
    Picture("import", "/h/{household}/numbers/files", prepare=_import),
    Picture("protection", "/h/{household}/protection"),
    Picture("hear", "/h/{household}/protection/withheld", prepare=_hear),
    Picture("quiet-hours", "/h/{household}/protection/quiet_hours", prepare=_hours),
    Picture("sure", "/h/{household}/protection/overseas", prepare=_dangerous),
    Picture("notices", "/h/{household}/notices"),
    Picture("people", "/h/{household}/people"),
    Picture("invite", "/h/{household}/people/invite"),
    Picture("devices", "/account/devices"),
    Picture("consent", "/h/{household}/consent"),
    Picture("revoke", "/h/{household}/consent", who=Role.SUBSCRIBER, prepare=_revoke),
    Picture("help", "/h/{household}/help", who=Role.SUBSCRIBER),
    Picture("trail", "/h/{household}/trail"),
    Picture("more", "/h/{household}/more"),
    Picture("calls-wide", "/h/{household}/calls", wide=True),
    Picture("protection-wide", "/h/{household}/protection", wide=True),
    Picture("expect", "/h/{household}/expectations", who=Role.SUBSCRIBER, prepare=_expect),
    Picture("allowed", "/h/{household}/calls", prepare=_allow),
    Picture("proposed", "/h/{household}/today", before=_propose),
    Picture("proposal", "/h/{household}/risk", who=Role.SUBSCRIBER),
)
"""Every picture. What changes the home comes last."""


async def take(folder: Path | None) -> list[str]:
    """Take every picture into *folder* (None: only open the pages); return what was wrong."""
    faults = []
    with tempfile.TemporaryDirectory() as data:
        database = Database(f"sqlite:///{data}/households.db")
        seed(database)
        settings = Settings(data=Path(data) / "data", smtp_url="smtp://localhost:25")
        async with (
            running_site(database, settings, host="localhost") as site,
            async_playwright() as driver,
            start(driver) as chromium,
        ):
            parts = furnish(site)
            browsing = Browsing(chromium, site, parts)
            for one in PICTURES:
                if one.before is not None:
                    one.before(site)
                size = DESKTOP if one.wide else PHONE
                async with browsing.device(one.who, size=size) as device:
                    _two_devices(site)
                    status = await device.open(one.path.format(**parts))
                    if status != 200:
                        faults.append(f"{one.name}: {one.path} answers {status}")
                        continue
                    if one.prepare is not None:
                        await one.prepare(device.page)
                    faults += [f"{one.name}: {said}" for said in device.complaints]
                    if folder is not None:
                        await device.page.screenshot(path=folder / f"{one.name}.png")
        database.close()
    return faults


def main() -> int:
    """Take the pictures; with ``--check`` only see that every page opens."""
    folder = None if "--check" in sys.argv[1:] else FOLDER
    if folder is not None:
        folder.mkdir(exist_ok=True)
    faults = asyncio.run(take(folder))
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
