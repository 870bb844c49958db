"""The lists taken out as a file, in the trail, and read back as they were."""

import csv
import io

import pytest

from callguard.contacts.file import read_contacts
from callguard.households.lists import Lists
from callguard.people.rights import Role
from callguard.trail import COMMAND_LINE, Deed

from ..site import NOON, Site

pytestmark = pytest.mark.database("sqlite")
both = pytest.mark.database("sqlite", "postgresql")


def put(site: Site, number: int, name: str, *, allowed: bool = True) -> None:
    Lists(site.database).put(
        site.household, number, allowed=allowed, name=name, by=COMMAND_LINE, now=NOON
    )


@both
@pytest.mark.parametrize("form", ["csv", "vcard"])
async def test_an_exported_list_is_read_back_and_the_export_in_the_trail(
    site: Site, form: str
) -> None:
    put(site, 81422990001, "やまだ医院")
    put(site, 12025550123, '娘🎈, 海外; "x"')
    visitor = site.visitor(Role.MEMBER)
    file = await visitor.post(site.path("numbers/export"), form=form)
    assert file.status == 200
    assert file.headers["Content-Disposition"].startswith("attachment; ")
    found = {contact.name: contact.numbers for contact in read_contacts(file.body).contacts}
    assert set(found) == {"やまだ医院", '娘🎈, 海外; "x"'}
    with site.database.reading() as session:
        deed = session.query(Deed).filter_by(what="export-numbers").one()
        assert (deed.who, deed.detail["form"]) == ("中村 member", form)


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-2+3", "@SUM(A1)", "\u3000=1"])
async def test_a_name_is_no_formula_in_a_spreadsheet(site: Site, name: str) -> None:
    put(site, 81422990001, name)
    file = await site.visitor().post(site.path("numbers/export"), form="csv")
    rows = list(csv.reader(io.StringIO(file.body.decode("utf-8-sig"))))
    assert len(rows) == 2
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in rows[1])


async def test_whom_the_family_does_not_want_to_hear_is_in_no_address_book(site: Site) -> None:
    put(site, 81422990001, "しつこい店", allowed=False)
    visitor = site.visitor()
    book = await visitor.post(site.path("numbers/export"), form="vcard")
    assert "しつこい店" not in book.text
    table = await visitor.post(site.path("numbers/export"), form="csv")
    assert "しつこい店" in table.text


@both
@pytest.mark.parametrize("who", [Role.VIEWER, "stranger", "operator"])
async def test_who_may_not_take_lists_away_gets_none(site: Site, who: str) -> None:
    put(site, 81422990001, "やまだ医院")
    visitor = site.visitor(who)
    status = 403 if who == Role.VIEWER else 404
    for answer in (
        await visitor.get(site.path("numbers/files")),
        await visitor.post(site.path("numbers/export"), form="csv"),
    ):
        assert answer.status == status
        assert "やまだ医院" not in answer.text


@pytest.mark.parametrize("form", ["", "xlsx", "csv "])
async def test_a_form_that_there_is_not_is_refused(site: Site, form: str) -> None:
    assert (await site.visitor().post(site.path("numbers/export"), form=form)).status == 400


async def test_a_list_is_taken_by_a_form_and_not_by_a_link(site: Site) -> None:
    assert (await site.visitor().get(site.path("numbers/export?form=csv"))).status == 405
