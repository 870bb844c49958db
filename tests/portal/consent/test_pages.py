"""What the household agreed to; to agree, and to revoke at once."""

import pytest

from callguard.households.consent import Consents
from callguard.households.consent_text import Purpose, consent_text
from callguard.households.settings import HouseholdSettings
from callguard.people.members import People
from callguard.people.rights import Role
from callguard.trail import COMMAND_LINE

from ..site import Page, Site, Visitor

pytestmark = pytest.mark.database("sqlite")
BOTH = pytest.mark.database("sqlite", "postgresql")

EVERYTHING = frozenset(Purpose)


def in_force(site: Site) -> frozenset[Purpose]:
    """What the household agrees to now."""
    return Consents(site.database).in_force(site.household)


def is_screened(site: Site) -> bool:
    """Whether the next call is screened."""
    return HouseholdSettings(site.database).policy(site.household, now=site.clock.now).consent


def nothing_agreed(site: Site) -> None:
    """The household has revoked everything."""
    Consents(site.database).revoke(site.household, by=COMMAND_LINE, now=site.clock.now)


async def revoke(visitor: Visitor, site: Site, purpose: Purpose) -> Page:
    """Press the button of one consent, and be sure."""
    asks = await visitor.post(site.path("consent/revoke"), purpose=purpose.value)
    assert asks.status == 200
    return await visitor.follow(await visitor.submit(asks, "consent/revoke"))


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_the_whole_text_is_shown(site: Site, language: str) -> None:
    People(site.database).set_language(site.people[Role.MANAGER], language)
    page = await site.visitor().get(site.path("consent"))
    text = consent_text(language)
    for part in (text.title, text.introduction, text.revoking):
        assert part in page.words
    for words in text.purposes.values():
        assert words.title in page.words
        assert words.text in page.words


async def test_a_consent_noted_at_sign_up_is_told_as_the_subscribers_own(site: Site) -> None:
    page = await site.visitor().get(site.path("consent"))
    assert "同意した人：電話のご本人（記録：機器を管理する人）。今日 12:00" in page.words
    assert "subscriber" not in page.text


@BOTH
async def test_revoking_ends_the_screening_at_once(site: Site) -> None:
    visitor = site.visitor(Role.SUBSCRIBER)
    page = await revoke(visitor, site, Purpose.SCREENING)
    assert "守りを止めました。いまから、どの電話もそのまま鳴ります。" in page.words
    assert in_force(site) == frozenset()
    assert not is_screened(site)


async def test_it_asks_once_and_warns_of_who_may_have_told_one_to(site: Site) -> None:
    visitor = site.visitor()
    page = await visitor.get(site.path("consent"))
    forms = [one for one in page.forms if one.action.endswith("/revoke")]
    assert len(forms) == len(Purpose)
    asks = await visitor.post(forms[0].action, purpose="screening")
    assert "それは詐欺です" in asks.words
    assert "詐欺の電話も、そのまま鳴ります" in asks.words
    assert in_force(site) == EVERYTHING


async def test_the_record_of_calls_ends_by_itself(site: Site) -> None:
    page = await revoke(site.visitor(), site, Purpose.LOGGING)
    assert "記録をやめました" in page.words
    assert in_force(site) == EVERYTHING - {Purpose.LOGGING}
    assert is_screened(site)


async def test_what_was_revoked_stays_in_the_history(site: Site) -> None:
    page = await revoke(site.visitor(Role.SUBSCRIBER), site, Purpose.NOTICES)
    assert "取り消した人：中村 subscriber。今日 12:00" in page.words


@BOTH
async def test_the_subscriber_agrees_in_their_own_name(site: Site) -> None:
    nothing_agreed(site)
    visitor = site.visitor(Role.SUBSCRIBER)
    page = await visitor.get(site.path("consent"))
    answer = await visitor.submit(page, "/consent", purpose=["screening", "logging"], agreed="on")
    page = await visitor.follow(answer)
    assert "同意を記録しました。次の電話から働きます。" in page.words
    assert in_force(site) == {Purpose.SCREENING, Purpose.LOGGING}
    assert is_screened(site)
    newest = Consents(site.database).history(site.household)[0]
    assert newest.given_by == "中村 subscriber"


async def test_a_manager_notes_who_agreed_and_how_that_is_known(site: Site) -> None:
    nothing_agreed(site)
    visitor = site.visitor()
    page = await visitor.get(site.path("consent"))
    answer = await visitor.submit(
        page,
        "/consent",
        purpose=["screening"],
        given_by="中村 ハル",
        evidence="電話で本人から聞いた",
        agreed="on",
    )
    page = await visitor.follow(answer)
    assert "中村 ハル（記録：電話で本人から聞いた、中村 manager）" in page.words


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"purpose": [], "given_by": "ハル", "agreed": "on"}, "同意するものを選んでください"),
        ({"purpose": ["screening"], "given_by": "ハル"}, "ここに印を付けてください"),
        ({"purpose": ["screening"], "given_by": "", "agreed": "on"}, "ここを入力してください"),
        ({"purpose": ["screening"], "given_by": "x" * 101, "agreed": "on"}, "100文字まで"),
        ({"purpose": ["screening"], "given_by": "ハ\0ル", "agreed": "on"}, "使えない文字"),
        ({"purpose": ["spying"], "given_by": "ハル", "agreed": "on"}, "一つ選んでください"),
        ({"purpose": ["logging"], "given_by": "ハル", "agreed": "on"}, "「電話を調べる」こと"),
    ],
)
async def test_what_is_missing_is_told_and_nothing_recorded(
    site: Site, fields: dict[str, object], words: str
) -> None:
    nothing_agreed(site)
    page = await site.visitor().post(site.path("consent"), fields)
    assert page.status == 422
    assert words in page.words
    assert in_force(site) == frozenset()


async def test_what_was_ticked_stays_ticked(site: Site) -> None:
    nothing_agreed(site)
    page = await site.visitor().post(
        site.path("consent"), purpose=["screening", "notices"], given_by=""
    )
    form = page.form("/consent")
    assert {one.value for one in form.fields if one.name == "purpose" and one.sent} == {
        "screening",
        "notices",
    }


async def test_a_purpose_that_there_is_not_cannot_be_revoked(site: Site) -> None:
    visitor = site.visitor()
    for fields in ({"purpose": "spying"}, {}, {"purpose": "logging", "all": "on"}):
        assert (await visitor.post(site.path("consent/revoke"), fields)).status == 400
    assert in_force(site) == EVERYTHING


async def test_a_name_cannot_become_part_of_the_page(site: Site) -> None:
    nothing_agreed(site)
    visitor = site.visitor()
    await visitor.post(
        site.path("consent"),
        purpose=["screening"],
        given_by="<script>alert(1)</script>",
        agreed="on",
    )
    assert "<script>alert" not in (await visitor.get(site.path("consent"))).text


@pytest.mark.parametrize("who", [Role.MEMBER, Role.VIEWER])
async def test_others_read_and_decide_nothing(site: Site, who: Role) -> None:
    visitor = site.visitor(who)
    page = await visitor.get(site.path("consent"))
    assert "同意しています" in page.words
    assert not [one for one in page.forms if "consent" in one.action]
    answer = await visitor.post(site.path("consent/revoke"), purpose="screening", sure="on")
    assert answer.status == 403
    assert (await visitor.post(site.path("consent"), purpose="screening")).status == 403
    assert in_force(site) == EVERYTHING


@BOTH
async def test_another_household_finds_and_revokes_nothing(site: Site) -> None:
    visitor = site.visitor("stranger")
    assert (await visitor.get(site.path("consent"))).status == 404
    answer = await visitor.post(site.path("consent/revoke"), purpose="screening", sure="on")
    assert answer.status == 404
    assert in_force(site) == EVERYTHING


async def test_revoking_takes_forms_only(site: Site) -> None:
    assert (await site.visitor().get(site.path("consent/revoke"))).status == 405
