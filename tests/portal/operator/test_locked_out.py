"""A household whose only manager has lost every way in: the staff invites another, and it shows."""

import re

from callguard.people.invitations import Invitations
from callguard.people.members import People
from callguard.people.rights import Role
from callguard.trail import Doer, Trail, What

from ..site import NOON, OPERATOR, Site


async def test_the_staff_invites_a_manager_anew_and_the_household_sees_by_whom(site: Site) -> None:
    staff = site.visitor(OPERATOR)
    page = await staff.get(f"/operator/households/{site.household}")
    shown = await staff.submit(page, "/invite", name="由美")
    found = re.search(r"/join/([A-Za-z0-9_-]{43})", shown.text)
    assert found
    (line, *_) = Trail(site.database).page(site.household, what=[What.INVITE]).lines
    assert (line.person_id, line.detail) == (
        site.people[OPERATOR],
        {"name": "由美", "role": Role.MANAGER.value},
    )

    again = site.people["stranger"]
    by = Doer("由美", again)
    Invitations(site.database).accept(found[1], again, by=by, now=NOON)
    before = site.visitor(Role.MANAGER)
    assert (await before.get(site.path("today"))).status == 200
    People(site.database).remove(site.household, site.people[Role.MANAGER], by=by, now=NOON)
    assert (await before.get(site.path("today"))).status == 404
    place = People(site.database).place(again, site.household)
    assert place is not None
    assert place.role is Role.MANAGER
