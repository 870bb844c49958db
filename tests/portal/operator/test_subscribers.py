"""The staff move and remove a household, set groups, and deal with those at risk."""

from callguard.households.directory import Directory
from callguard.households.groups import Groups
from callguard.households.proposals import Proposals
from callguard.households.registry import Registry
from callguard.households.settings import HouseholdSettings
from callguard.screening import Action
from callguard.screening.policy import Challenge

from ..site import NOON, OPERATOR, Site

LIST = "電話番号\n0422-99-1111\n0422-99-7777\n"


async def test_a_list_is_checked_proposed_and_its_notices_printed(site: Site) -> None:
    visitor = site.visitor(OPERATOR)
    page = await visitor.post(
        "/operator/at-risk",
        {"profile": "name", "reference": "名簿3"},
        file=("x.csv", LIST.encode()),
    )
    assert "1件のご家庭に提案します" in page.words
    assert "登録されていない番号です" in page.words
    proposals = Proposals(site.database)
    assert proposals.open(site.household) is None
    await visitor.submit(page, "/propose")
    assert proposals.open(site.household) is not None
    for path in ("/operator/at-risk/notices", f"/operator/households/{site.household}/notice"):
        notice = await visitor.get(path)
        assert "中村家 様" in notice.words
        assert "お返事をいただくまで、電話の設定は何も変わりません" in notice.words
        assert "2026年11月27日" in notice.words
        assert "名簿3" not in notice.text
    other = await visitor.get(f"/operator/households/{site.other}/notice")
    assert other.status == 404


async def test_an_answer_on_paper_needs_its_evidence(site: Site) -> None:
    visitor = site.visitor(OPERATOR)
    page = await visitor.post(
        "/operator/at-risk", {"profile": "name", "reference": ""}, file=("x.csv", LIST.encode())
    )
    await visitor.submit(page, "/propose")
    home = f"/operator/households/{site.household}"
    answer = {"decision": "name", "decided_by": "中村 花子", "evidence": ""}
    refused = await visitor.post(f"{home}/decide", answer)
    assert "その記録を入れてください" in (await visitor.follow(refused)).words
    settings = HouseholdSettings(site.database)
    assert settings.policy(site.household, now=NOON).challenge is Challenge.DIGIT
    done = await visitor.post(f"{home}/decide", {**answer, "evidence": "返信はがき 3号"})
    assert "お返事を登録しました" in (await visitor.follow(done)).words
    assert settings.policy(site.household, now=NOON).challenge is Challenge.NAME
    (history,) = Proposals(site.database).history(site.household)
    assert (history.decided_by, history.evidence) == ("中村 花子", "返信はがき 3号")


async def test_a_group_is_made_changed_and_followed(site: Site) -> None:
    visitor = site.visitor(OPERATOR)
    group = {"name": "シニア", "settings": "unlisted=challenge"}
    await visitor.post("/operator/groups", group)
    home = f"/operator/households/{site.household}"
    await visitor.post(f"{home}/group", group="シニア")
    settings = HouseholdSettings(site.database)
    assert settings.policy(site.household, now=NOON).unlisted is Action.CHALLENGE
    await visitor.post("/operator/groups", {**group, "settings": "unlisted=reject"})
    assert settings.policy(site.household, now=NOON).unlisted is Action.REJECT
    wrong = await visitor.post("/operator/groups", {**group, "settings": "colour=red"})
    assert (wrong.status, "colour" in wrong.words) == (422, True)
    assert "シニア" in (await visitor.get("/operator/groups")).words
    await visitor.post(f"{home}/group", group="")
    assert Groups(site.database).of(site.household) is None


async def test_a_household_gets_another_number(site: Site) -> None:
    visitor = site.visitor(OPERATOR)
    home = f"/operator/households/{site.household}"
    wrong = await visitor.post(f"{home}/move", {"to": "0422-99-2222", "days": "90"})
    assert "この番号には変えられません" in (await visitor.follow(wrong)).words
    done = await visitor.post(f"{home}/move", {"to": "0422-98-7654", "days": "90"})
    page = await visitor.follow(done)
    assert "前の番号 0422-99-1111 は" in page.words
    assert Registry(site.database).find("0422-98-7654").id == site.household


async def test_a_household_is_removed_once_the_staff_are_sure(site: Site) -> None:
    visitor = site.visitor(OPERATOR)
    page = await visitor.post(f"/operator/households/{site.household}/remove")
    assert "元に戻せません" in page.words
    assert Directory(site.database).search().total == 2
    await visitor.submit(page, "/remove")
    assert [home.name for home in Directory(site.database).all()] == ["小林家"]


async def test_all_of_it_needs_a_recent_proof(site: Site) -> None:
    visitor = site.visitor(OPERATOR, proved=False)
    home = f"/operator/households/{site.household}"
    for path in ("decide", "group", "move", "remove"):
        assert (await visitor.post(f"{home}/{path}")).location.startswith("/confirm")
    assert (await visitor.post("/operator/groups")).location.startswith("/confirm")
    assert Directory(site.database).search().total == 2
