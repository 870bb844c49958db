"""Who is told what, by which way and when."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import select

from callguard.database import Database
from callguard.notify.channels import Channels, Kind, Way
from callguard.notify.choices import Choices
from callguard.notify.faults import Fault
from callguard.notify.models import Channel, Delivery
from callguard.notify.queue import Result
from callguard.notify.refusals import Trouble
from callguard.notify.topics import TERMS, Topic
from callguard.people.rights import Role
from callguard.portal.language import Language
from callguard.portal.look import FOLDER
from callguard.portal.words import Words
from callguard.settings import Settings
from callguard.trail import Deed, Doer

from ...notify.senders.receivers import Browser
from ..site import Page, Site, Visitor, running_site

pytestmark = pytest.mark.database("sqlite")
BOTH = pytest.mark.database("sqlite", "postgresql")

BY = Doer("由美")
LINE = "line://s3cret-token/yumi"


@pytest.fixture
async def site(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    """The site of a node that has a mail server."""
    given = Settings(data=tmp_path / "data", smtp_url="smtp://mail.invalid", smtp_from="a@b.jp")
    async with running_site(database, given) as running:
        yield running


def ways(site: Site, who: str = Role.MANAGER) -> list[Way]:
    return Channels(site.database).of(site.people[who])


def add(site: Site, who: str = Role.MANAGER, url: str = LINE) -> int:
    """Give somebody a way to be reached; return its id."""
    return Channels(site.database).add_service(
        site.people[who], site.household, url, name="家族のLINE", by=BY, now=site.clock.now
    )


def code(site: Site) -> str:
    """What was mailed last."""
    with site.database.reading() as session:
        channel = session.scalars(select(Channel).order_by(Channel.id.desc())).first()
        assert channel is not None
        assert channel.code is not None
        return channel.code


async def add_mail(site: Site, visitor: Visitor, address: str = "yumi@example.jp") -> Page:
    page = await visitor.get(site.path("notices/add"))
    return await visitor.submit(page, "/add/mail", address=address)


@BOTH
async def test_a_mail_address_is_added_and_confirmed_by_its_code(site: Site) -> None:
    visitor = site.visitor()
    page = await visitor.follow(await add_mail(site, visitor))
    assert "yumi@example.jp に届いた6けたの番号を入れてください" in page.words
    page = await visitor.follow(await visitor.submit(page, "/confirm", code=code(site)))
    assert "yumi@example.jp に届くようになりました" in page.words
    (way,) = ways(site)
    assert (way.kind, way.confirmed) == (Kind.MAIL, True)


async def test_a_wrong_code_is_told_beside_its_field(site: Site) -> None:
    visitor = site.visitor()
    page = await visitor.follow(await add_mail(site, visitor))
    wrong = "000000" if code(site) != "000000" else "000001"
    page = await visitor.submit(page, "/confirm", code=wrong)
    assert page.status == 422
    assert "番号が違います" in page.words
    assert not ways(site)[0].confirmed


async def test_a_code_is_mailed_anew(site: Site) -> None:
    visitor = site.visitor()
    page = await visitor.follow(await add_mail(site, visitor))
    site.clock.pass_(timedelta(minutes=5))
    page = await visitor.follow(await visitor.submit(page, "/code"))
    assert "確認番号を送りました" in page.words
    page = await visitor.follow(await visitor.submit(page, "/confirm", code=code(site)))
    assert ways(site)[0].confirmed


async def test_what_is_no_mail_address_is_told_beside_its_field(site: Site) -> None:
    visitor = site.visitor()
    for typed in ("", "hanako", "hanako@", "a@b", "a b@example.jp", "a@example.jp,b@example.jp"):
        page = await add_mail(site, visitor, typed)
        assert page.status == 422
        assert ways(site) == []


async def test_without_a_mail_server_the_page_says_so(database: Database, tmp_path: Path) -> None:
    async with running_site(database, Settings(data=tmp_path / "data")) as site:
        visitor = site.visitor()
        page = await visitor.get(site.path("notices/add"))
        assert "メールを送る設定がありません" in page.words
        page = await visitor.post(site.path("notices/add/mail"), address="yumi@example.jp")
        assert (page.status, ways(site)) == (422, [])


@BOTH
async def test_another_service_is_added_and_its_secret_never_shown(site: Site) -> None:
    visitor = site.visitor()
    page = await visitor.get(site.path("notices/add"))
    page = await visitor.submit(page, "/add/service", name="家族のLINE", url=LINE)
    page = await visitor.follow(page)
    assert "届け先を足しました" in page.words
    for path in ("notices", f"notices/ways/{ways(site)[0].id}"):
        page = await visitor.get(site.path(path))
        assert "家族のLINE" in page.words
        assert "s3cret" not in page.text


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("file:///etc/passwd", "知らないサービス"),
        ("mailto://user:pass@example.jp", "知らないサービス"),
        ("jsons://127.0.0.1/hook", "インターネットの外"),
        ("jsons://169.254.169.254/latest", "インターネットの外"),
        ("json://example.jp/hook", "暗号を使わない"),
        ("slack://a/b/c?template=/etc/passwd", "アドレスの形ではありません"),
    ],
)
async def test_a_service_that_may_not_be_reached_is_refused(
    site: Site, url: str, said: str
) -> None:
    visitor = site.visitor()
    page = await visitor.get(site.path("notices/add"))
    page = await visitor.submit(page, "/add/service", name="x", url=url)
    assert page.status == 422
    assert said in page.words
    assert ways(site) == []


async def test_a_browser_subscribes(site: Site) -> None:
    visitor = site.visitor()
    page = await visitor.get(site.path("notices/add"))
    subscription = Browser("https://push.example.jp/abc").subscription
    page = await visitor.submit(page, "/add/push", subscription=subscription)
    page = await visitor.follow(page)
    assert "届け先を足しました" in page.words
    assert ways(site)[0].kind is Kind.PUSH
    assert "push.example.jp" not in page.text


@pytest.mark.parametrize("sent", ["{}", "null", "[1]", "{" * 1000, json.dumps({"endpoint": 1})])
async def test_what_is_no_subscription_is_refused(site: Site, sent: str) -> None:
    page = await site.visitor().post(site.path("notices/add/push"), subscription=sent)
    assert (page.status, ways(site)) == (422, [])


@pytest.mark.parametrize("what", ["", "/mail", "/push", "/service"])
async def test_whoever_adds_a_way_proves_who_they_are(site: Site, what: str) -> None:
    visitor = site.visitor(proved=False)
    path = site.path(f"notices/add{what}")
    page = await (visitor.post(path) if what else visitor.get(path))
    assert page.status == 303
    assert "notices" not in page.location.partition("?")[0]


@BOTH
async def test_a_test_is_sent_and_its_result_shown(site: Site) -> None:
    way = add(site)
    visitor = site.visitor()
    page = await visitor.get(site.path("notices"))
    page = await visitor.follow(await visitor.submit(page, f"/ways/{way}/test"))
    assert "試しのお知らせを送りました" in page.words
    assert "送っています" in page.words
    with site.database.transaction() as session:
        delivery = session.scalars(select(Delivery)).one()
        delivery.done_at, delivery.result = site.clock.now, Result.SENT.value
    page = await visitor.get(site.path(f"notices/ways/{way}"))
    assert "届けました" in page.words


async def test_a_fault_is_told_in_words(site: Site) -> None:
    way = add(site)
    with site.database.transaction() as session:
        channel = session.get_one(Channel, way)
        channel.fault, channel.failed_at = "login 401", site.clock.now
    page = await site.visitor().get(site.path("notices"))
    assert "届いていません サービスが合い言葉を受けつけません。" in page.words
    assert "401" in page.words


async def test_tests_are_limited_since_the_address_may_be_a_strangers(site: Site) -> None:
    way = add(site)
    visitor = site.visitor()
    path = site.path(f"notices/ways/{way}/test")
    statuses = [(await visitor.post(path)).status for _ in range(11)]
    assert statuses == [303] * 10 + [422]
    site.clock.pass_(timedelta(hours=2))
    assert (await visitor.post(path)).status == 303


async def test_removing_and_adding_again_does_not_lift_the_limit(site: Site) -> None:
    visitor = site.visitor()
    statuses = []
    for _ in range(11):
        page = await add_mail(site, visitor)
        statuses.append(page.status)
        for one in ways(site):
            await visitor.post(site.path(f"notices/ways/{one.id}/remove"))
    assert statuses == [303] * 10 + [422]


@BOTH
async def test_what_is_told_is_chosen(site: Site) -> None:
    way = add(site)
    visitor = site.visitor()
    page = await visitor.get(site.path("notices"))
    page = await visitor.follow(
        await visitor.submit(page, "/choices", wanted=[f"{way}:scam-key", f"{way}:digest"])
    )
    assert "保存しました" in page.words
    wanted = Choices(site.database).of(site.people[Role.MANAGER], site.household)
    assert wanted == {(way, Topic.SCAM_KEY), (way, Topic.DIGEST)}
    page = await visitor.get(site.path("notices"))
    ticked = [
        one.value for one in page.form("/choices").fields if one.sent and one.name == "wanted"
    ]
    assert set(ticked) == {f"{way}:scam-key", f"{way}:digest"}


async def test_nothing_can_be_chosen_for_anothers_way(site: Site) -> None:
    theirs = add(site, Role.MEMBER)
    add(site)
    page = await site.visitor().post(site.path("notices/choices"), wanted=[f"{theirs}:scam-key"])
    assert page.status == 422


@BOTH
async def test_quiet_hours_and_the_digest_are_set_and_emptied(site: Site) -> None:
    visitor = site.visitor()
    page = await visitor.get(site.path("notices"))
    page = await visitor.submit(page, "/hours", begin="22:00", end="07:00", digest="daily")
    page = await visitor.follow(page)
    habits = Choices(site.database).habits(site.people[Role.MANAGER])
    assert (habits.quiet_hours, habits.digest) == ("22:00-07:00", "daily")
    await visitor.submit(page, "/hours", begin="", end="", digest="never")
    habits = Choices(site.database).habits(site.people[Role.MANAGER])
    assert (habits.quiet_hours, habits.digest) == ("", "never")


@pytest.mark.parametrize(
    ("begin", "end"), [("22:00", ""), ("", "07:00"), ("25:00", "07:00"), ("2200", "07:00")]
)
async def test_hours_that_are_none_are_told_beside_their_field(
    site: Site, begin: str, end: str
) -> None:
    page = await site.visitor().post(
        site.path("notices/hours"), begin=begin, end=end, digest="daily"
    )
    assert page.status == 422
    assert Choices(site.database).habits(site.people[Role.MANAGER]).quiet_hours == ""


async def test_a_way_is_renamed_and_removed(site: Site) -> None:
    way = add(site)
    visitor = site.visitor()
    page = await visitor.get(site.path(f"notices/ways/{way}"))
    page = await visitor.follow(await visitor.submit(page, "/rename", name="由美の電話"))
    assert ways(site)[0].name == "由美の電話"
    page = await visitor.get(site.path(f"notices/ways/{way}"))
    page = await visitor.follow(await visitor.submit(page, "/remove"))
    assert "届け先「由美の電話」をなくしました" in page.words
    assert ways(site) == []
    with site.database.reading() as session:
        assert [deed.what for deed in session.scalars(select(Deed))][-2:] == [
            "change-notices",
            "remove-channel",
        ]


async def test_everybody_has_notices_of_their_own(site: Site) -> None:
    for role in Role:
        add(site, role)
        page = await site.visitor(role).get(site.path("notices"))
        assert page.status == 200
        assert "家族のLINE" in page.words


@BOTH
async def test_a_way_of_somebody_else_is_not_there(site: Site) -> None:
    path = site.path(f"notices/ways/{add(site, Role.MEMBER)}")
    visitor = site.visitor(Role.MANAGER)
    assert (await visitor.get(path)).status == 404
    for what in ("test", "confirm", "code", "rename", "remove"):
        assert (await visitor.post(f"{path}/{what}")).status == 404
    assert ways(site, Role.MEMBER)[0].name == "家族のLINE"


async def test_members_see_who_is_told_what_and_no_address(site: Site) -> None:
    add(site, Role.MEMBER, "gotifys://push.example.jp/t0ken")
    page = await site.visitor(Role.VIEWER).get(site.path("notices"))
    assert "中村 member" in page.words
    assert "届け先がありません" in page.words
    assert "push.example.jp" not in page.text


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_every_thing_that_can_be_said_has_words(language: str) -> None:
    words = Words(FOLDER)
    for group, names in (
        ("fault", Fault),
        ("trouble", Trouble),
        ("kind", Kind),
        ("rhythm", ("daily", "weekly", "never")),
        ("result", set(Result) - {Result.WITHDRAWN}),
    ):
        for name in names:
            assert words.say(f"notices.{group}.{name}", Language(language))
    for topic in TERMS:
        assert words.say(f"notices.topic.{topic}.title", Language(language))
        assert words.say(f"notices.topic.{topic}.hint", Language(language))


async def test_whatever_is_typed_is_refused_kindly(site: Site) -> None:
    visitor = site.visitor()
    way = add(site)
    seen: set[int] = set()

    @examples(max_examples=15, suppress_health_check=list(HealthCheck))
    @given(st.text(min_size=1, max_size=80))
    def typed(text: str) -> None:
        texts.append(text)

    texts = ["\x00", "x" * 60, "<script>", "🌸", "=1+1", "\u202e"]
    typed()
    for text in texts:
        if any(0xD800 <= ord(one) < 0xE000 for one in text):
            continue
        for path, name in (
            ("add/mail", "address"),
            ("add/push", "subscription"),
            ("add/service", "url"),
            (f"ways/{way}/rename", "name"),
            ("hours", "begin"),
            ("choices", "wanted"),
        ):
            page = await visitor.post(site.path(f"notices/{path}"), {name: text})
            seen.add(page.status)
            assert "<script>" not in page.text
    assert seen <= {303, 400, 422}
