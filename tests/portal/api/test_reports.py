"""Reports of a household by the API."""

from sqlalchemy import select

from callguard.feed.report import Report
from callguard.feed.report_queue import ReportQueue
from callguard.households.consent import Consents
from callguard.people.rights import Role
from callguard.people.tokens import Scope
from callguard.trail import Deed, Doer

from ..site import Site
from .client import Program


def waiting(site: Site) -> list[Report]:
    queue = ReportQueue(site.settings.reports)
    return [Report.from_bytes(path.read_bytes()) for path in queue.waiting()]


async def test_a_report_is_kept_and_is_in_the_trail(site: Site) -> None:
    program = Program.of(site, Role.MEMBER, [Scope.WRITE_REPORT])
    answer = await program.ask(
        "POST", "reports", {"number": "050-9999-0001", "category": "refund", "note": "市役所だと"}
    )
    assert answer.status == 202
    (report,) = waiting(site)
    assert (report.id, report.number) == (answer.content["id"], 815099990001)
    with site.database.reading() as session:
        deed = session.scalars(select(Deed).where(Deed.what == "report")).one()
    assert (deed.household_id, deed.detail) == (site.household, {"number": 815099990001})


async def test_a_report_that_cannot_be_taken_is_told(site: Site) -> None:
    program = Program.of(site)
    for body, status in (
        ({"number": "x"}, 422),
        ({"number": "050-9999-0001", "called_at": "2026-11-28T12:00"}, 422),
        ({"number": "050-9999-0001", "line": "0422-99-2222"}, 400),
        ({"number": "050-9999-0001", "category": "rude"}, 400),
        ({}, 400),
    ):
        assert (await program.ask("POST", "reports", body)).status == status
    assert waiting(site) == []


async def test_a_household_that_has_not_agreed_reports_nothing(site: Site) -> None:
    Consents(site.database).revoke(site.household, by=Doer("test"), now=site.clock.now)
    answer = await Program.of(site).ask("POST", "reports", {"number": "050-9999-0001"})
    assert answer.status == 422
    assert "agreed to screening" in answer.detail
