"""The family's telephones in the portal: who sees which, and who may change them."""

import pytest

from callguard.households.family_telephones import FamilyTelephones
from callguard.households.settings import HouseholdSettings
from callguard.people.rights import Role
from callguard.trail import Deed, Doer, What

from ..site import Site

pytestmark = pytest.mark.database("sqlite")
BOTH = pytest.mark.database("sqlite", "postgresql")

NUMBER = "090-9999-0001"


async def add(site: Site, number: str = NUMBER, name: str = "由美", who: str = Role.MANAGER) -> int:
    """Send the form; return the status of the answer."""
    visitor = site.visitor(who)
    page = await visitor.get(site.path("telephones/add"))
    return (await visitor.submit(page, "telephones/add", name=name, number=number)).status


def called(site: Site, household: int | None = None) -> list[tuple[str, int]]:
    home = site.household if household is None else household
    return [(one.name, one.number) for one in FamilyTelephones(site.database).all(home)]


@BOTH
async def test_a_manager_adds_one_and_everybody_sees_whose_it_is(site: Site) -> None:
    visitor = site.visitor()
    page = await visitor.get(site.path("telephones/add"))
    page = await visitor.submit(page, "telephones/add", name="由美", number=NUMBER)
    page = await visitor.follow(page)
    assert "由美の電話を加えました" in page.words
    assert NUMBER in page.words
    assert called(site) == [("由美", 819099990001)]
    for role in (Role.MEMBER, Role.VIEWER, Role.SUBSCRIBER):
        seen = await site.visitor(role).get(site.path("telephones"))
        assert "由美" in seen.words
        assert NUMBER not in seen.text
    overview = await visitor.get(site.path("protection"))
    assert "電話でお呼びするご家族 由美" in overview.words


@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER, Role.SUBSCRIBER])
@pytest.mark.parametrize("deed", ["add", "remove", "first"])
async def test_nobody_else_changes_them(site: Site, role: Role, deed: str) -> None:
    await add(site)
    (one,) = FamilyTelephones(site.database).all(site.household)
    fields = {"telephone": str(one.id)}
    if deed == "add":
        fields = {"name": "だれか", "number": "080-9999-0009"}
    page = await site.visitor(role).post(site.path(f"telephones/{deed}"), fields)
    assert page.status == 403
    assert called(site) == [("由美", 819099990001)]


async def test_one_is_removed_and_one_put_first(site: Site) -> None:
    visitor = site.visitor()
    await add(site)
    await add(site, "080-9999-0002", "健")
    page = await visitor.get(site.path("telephones"))
    page = await visitor.submit(page, "telephones/first")
    assert "健の電話を最初に呼びます" in (await visitor.follow(page)).words
    assert [name for name, _ in called(site)] == ["健", "由美"]
    ken, _ = FamilyTelephones(site.database).all(site.household)
    await visitor.post(site.path("telephones/remove"), telephone=str(ken.id))
    assert [name for name, _ in called(site)] == ["由美"]
    with site.database.reading() as session:
        found = [one.what for one in session.query(Deed).filter_by(household_id=site.household)]
    assert found[-4:] == [
        What.ADD_TELEPHONE,
        What.ADD_TELEPHONE,
        What.CALL_FIRST,
        What.REMOVE_TELEPHONE,
    ]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("", "入力してください"),
        ("110", "この番号の電話は呼べません"),
        ("0990-99-0001", "この番号の電話は呼べません"),
        ("<script>", "この番号の電話は呼べません"),
    ],
)
async def test_a_number_that_cannot_be_called_is_said_beside_the_field(
    site: Site, number: str, words: str
) -> None:
    visitor = site.visitor()
    page = await visitor.get(site.path("telephones/add"))
    page = await visitor.submit(page, "telephones/add", name="由美", number=number)
    assert page.status == 422
    assert words in page.words
    assert called(site) == []


async def test_of_another_household_nothing_is_removed(site: Site) -> None:
    stranger = site.visitor("stranger")
    page = await stranger.get(f"/h/{site.other}/telephones/add")
    await stranger.submit(page, "telephones/add", name="小林", number="080-9999-0003")
    (theirs,) = FamilyTelephones(site.database).all(site.other)
    manager = site.visitor()
    for deed in ("remove", "first"):
        page = await manager.post(site.path(f"telephones/{deed}"), telephone=str(theirs.id))
        assert "もう登録から外れています" in (await manager.follow(page)).words
    assert called(site, site.other) == [("小林", 818099990003)]


async def test_a_household_that_asks_nobody_is_told_so(site: Site) -> None:
    visitor = site.visitor()
    page = await visitor.get(site.path("protection/challenge"))
    await visitor.submit(page, "protection/challenge", value="family")
    assert (
        "お呼びするご家族が登録されていません" in (await visitor.get(site.path("telephones"))).words
    )


async def test_whether_they_are_called_in_turn_or_together_is_said(site: Site) -> None:
    visitor = site.visitor()
    assert "上から順に呼びます" in (await visitor.get(site.path("telephones"))).words
    HouseholdSettings(site.database).change(
        site.household, {"ask_order": "together"}, by=Doer("由美"), now=site.clock.now
    )
    page = await visitor.get(site.path("telephones"))
    assert "一度に呼びます" in page.words
    assert "上から順に" not in page.words
