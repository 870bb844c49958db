"""The lists: added to in one screen, changed, removed, taken back, searched."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callguard.households.listed import MAX_NUMBERS, Listed, Row
from callguard.households.lists import Lists
from callguard.people.rights import Role
from callguard.trail import COMMAND_LINE

from ..police import list_number
from ..site import NOON, Site

pytestmark = pytest.mark.database("sqlite")
both = pytest.mark.database("sqlite", "postgresql")

NUMBER = 81422990001


def entry(site: Site, number: int = NUMBER) -> Listed | None:
    return Lists(site.database).entry(site.household, number)


def at(site: Site, page: str = "", number: int = NUMBER) -> str:
    """Return the path of an entry's page."""
    found = entry(site, number)
    assert found is not None
    return site.path(f"numbers/{found.id}{page}")


def put(site: Site, number: int, name: str = "", *, allowed: bool = True) -> None:
    Lists(site.database).put(
        site.household, number, allowed=allowed, name=name, by=COMMAND_LINE, now=NOON
    )


@both
@pytest.mark.parametrize("who", [Role.MANAGER, Role.MEMBER, Role.SUBSCRIBER])
async def test_a_number_is_added_with_a_number_a_name_and_one_button(site: Site, who: Role) -> None:
    visitor = site.visitor(who)
    page = await visitor.get(site.path("numbers"))
    done = await visitor.submit(page, "numbers", number="0422-99-0001", name="やまだ医院")
    listed = await visitor.follow(done)
    assert "やまだ医院を追加しました" in listed.words
    assert "0422-99-0001" in listed.words
    found = entry(site)
    assert found is not None
    assert (found.allowed, found.name, found.expires_at) == (True, "やまだ医院", None)


@both
async def test_a_number_is_blocked_on_the_other_list(site: Site) -> None:
    visitor = site.visitor()
    page = await visitor.get(site.path("numbers?list=blocked"))
    await visitor.submit(page, "numbers", number="０４２２（９９）０００１")
    found = entry(site)
    assert found is not None
    assert not found.allowed
    assert "0422-99-0001" in (await visitor.get(site.path("numbers?list=blocked"))).words
    assert "0422-99-0001" not in (await visitor.get(site.path("numbers"))).words


async def test_a_number_is_added_for_a_week_with_a_note(site: Site) -> None:
    note = "火曜は休み\n午後は2時から"
    await site.visitor().post(
        site.path("numbers"), number="0422-99-0001", name="医院", note=note, until="week"
    )
    found = entry(site)
    assert found is not None
    assert found.note == note
    assert found.expires_at == datetime(2026, 12, 4, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "入力してください"),
        ("やまだ", "電話番号ではないようです"),
        ("422-99-0001", "0が抜けていませんか：0422-99-0001"),
        ("12025550123", "＋を付けてください：+1 202-555-0123"),
        ("0" * 41, "40文字まで"),
    ],
)
async def test_what_is_no_number_is_said_beside_the_field(
    site: Site, typed: str, said: str
) -> None:
    visitor = site.visitor()
    page = await visitor.post(site.path("numbers"), number=typed, name="医院")
    assert said in page.words
    kept = {one.name: one.value for one in page.form("numbers").fields}
    assert (kept["number"], kept["name"]) == (typed, "医院")
    assert Lists(site.database).entries(site.household) == ()


async def test_a_number_that_cannot_exist_is_explained_and_added_all_the_same(site: Site) -> None:
    visitor = site.visitor()
    asked = await visitor.post(
        site.path("numbers"), number="03-1234-5678", name="医院", note="一\n二", until="month"
    )
    assert "ありえない番号です" in asked.words
    assert Lists(site.database).entries(site.household) == ()
    await visitor.submit(asked, "numbers")
    found = entry(site, 81312345678)
    assert found is not None
    assert (found.name, found.note) == ("医院", "一\n二")
    assert found.expires_at is not None


async def test_a_number_abroad_is_let_through_only_after_a_warning(site: Site) -> None:
    visitor = site.visitor()
    asked = await visitor.post(site.path("numbers"), number="+1 202-555-0123", name="娘")
    assert "海外の番号です" in asked.words
    await visitor.submit(asked, "numbers")
    assert entry(site, 12025550123) is not None


async def test_a_number_abroad_is_blocked_without_a_question(site: Site) -> None:
    await site.visitor().post(site.path("numbers"), number="+1 202-555-0123", list="blocked")
    assert entry(site, 12025550123) is not None


async def test_a_listed_number_is_let_through_only_after_a_warning(site: Site) -> None:
    list_number(site.settings.lists, 1)
    visitor = site.visitor()
    asked = await visitor.post(site.path("numbers"), number="0422-99-0001")
    assert "詐欺に使われた" in asked.words
    assert entry(site) is None


async def test_to_rename_an_entry_listed_since_is_to_be_warned_again(site: Site) -> None:
    """Who saves an entry confirms it, and what is confirmed wins over an older listing."""
    put(site, NUMBER, "医院")
    list_number(site.settings.lists, 1)
    asked = await site.visitor().post(at(site), name="歯医者")
    assert "詐欺に使われた" in asked.words
    found = entry(site)
    assert found is not None
    assert found.name == "医院"


async def test_a_blocked_number_is_moved_to_the_other_list_after_a_question(site: Site) -> None:
    put(site, NUMBER, "しつこい店", allowed=False)
    visitor = site.visitor()
    asked = await visitor.post(site.path("numbers"), number="0422-99-0001", name="店")
    assert "「断る番号」にあります" in asked.words
    moved = await visitor.follow(await visitor.submit(asked, "numbers"))
    assert "「通す番号」に移しました" in moved.words
    found = entry(site)
    assert found is not None
    assert found.allowed


@both
async def test_an_entry_is_changed_and_the_change_taken_back(site: Site) -> None:
    put(site, NUMBER, "医院")
    visitor = site.visitor()
    page = await visitor.get(at(site))
    site.clock.pass_(timedelta(minutes=1))
    before = entry(site)
    saved = await visitor.submit(page, at(site), name="歯医者", until="today")
    found = entry(site)
    assert found is not None
    assert found.name == "歯医者"
    assert found.expires_at is not None
    await visitor.submit(await visitor.follow(saved), "numbers/undo")
    assert entry(site) == before


async def test_an_end_stays_as_it_is_where_nobody_changes_it(site: Site) -> None:
    ends = NOON + timedelta(days=3)
    Lists(site.database).put(
        site.household, NUMBER, allowed=True, expires_at=ends, by=COMMAND_LINE, now=NOON
    )
    visitor = site.visitor()
    page = await visitor.get(at(site))
    await visitor.submit(page, at(site), name="医院")
    found = entry(site)
    assert found is not None
    assert (found.name, found.expires_at) == ("医院", ends)


async def test_an_end_that_has_passed_cannot_be_kept(site: Site) -> None:
    ends = NOON + timedelta(minutes=1)
    Lists(site.database).put(
        site.household, NUMBER, allowed=True, expires_at=ends, by=COMMAND_LINE, now=NOON
    )
    visitor = site.visitor()
    page = await visitor.get(at(site))
    site.clock.pass_(timedelta(minutes=2))
    assert "期限が切れました" in (await visitor.get(site.path("numbers"))).words
    refused = await visitor.submit(page, at(site), name="医院")
    assert "もう過ぎています" in refused.words


@both
async def test_an_entry_is_removed_and_put_back(site: Site) -> None:
    put(site, NUMBER, "医院")
    before = entry(site)
    visitor = site.visitor()
    page = await visitor.get(site.path("numbers"))
    removed = await visitor.follow(await visitor.submit(page, at(site, "/remove")))
    assert "医院を消しました" in removed.words
    assert entry(site) is None
    await visitor.submit(removed, "numbers/undo")
    assert entry(site) == before


async def test_what_is_gone_already_is_removed_by_nobody(site: Site) -> None:
    put(site, NUMBER)
    path, visitor = at(site), site.visitor()
    await visitor.post(f"{path}/remove")
    said = await visitor.follow(await visitor.post(f"{path}/remove"))
    assert "もう登録されていません" in said.words
    assert (await visitor.get(path)).status == 404
    assert (await visitor.post(path, name="x")).status == 404


async def test_an_emergency_service_cannot_be_blocked(site: Site) -> None:
    page = await site.visitor().post(site.path("numbers"), number="110", list="blocked")
    assert "折り返しの電話" in page.words
    assert entry(site, 110) is None


async def test_a_full_list_takes_no_more_and_says_so(site: Site) -> None:
    fill(site)
    page = await site.visitor().post(site.path("numbers"), number="0422-99-9999")
    assert "2000件まで" in page.words


async def test_two_thousand_entries_come_in_pages_sorted_by_name(site: Site) -> None:
    fill(site)
    visitor = site.visitor()
    first = await visitor.get(site.path("numbers"))
    assert "2000件" in first.words
    assert "1／40ページ" in first.words
    assert first.words.index("名前0000") < first.words.index("名前0049")
    assert "名前0050" not in first.words
    assert "名前1999" in (await visitor.get(site.path("numbers?at=40"))).words
    assert "名前1999" in (await visitor.get(site.path("numbers?at=9999"))).words
    found = await visitor.get(site.path("numbers?q=" + quote("名前0123")))
    assert found.words.count("名前0123 0422-99-0123") == 1


def fill(site: Site) -> None:
    rows = [Row(81422990000 + n, f"名前{n:04}") for n in range(MAX_NUMBERS)]
    Lists(site.database).add_many(site.household, rows, allowed=True, by=COMMAND_LINE, now=NOON)


async def test_an_entry_is_found_by_number_and_by_part_of_a_name(site: Site) -> None:
    put(site, NUMBER, "ナカムラ歯科")
    put(site, 815099990002, "孫")
    visitor = site.visitor()
    for query, shown in {"なかむら": True, "0422-99": True, "050": False}.items():
        words = (await visitor.get(site.path(f"numbers?q={quote(query)}"))).words
        assert ("ナカムラ歯科" in words) is shown


@pytest.mark.parametrize("query", ["at=0", "at=-1", "at=x", "list=none", "q=%00", "at=%C2%B2"])
async def test_an_address_that_makes_no_sense_shows_the_list(site: Site, query: str) -> None:
    assert (await site.visitor().get(site.path(f"numbers?{query}"))).status == 200


async def test_a_name_is_text_whatever_it_holds(site: Site) -> None:
    visitor = site.visitor()
    for name in ("<script>alert(1)</script>", "🏥🩺", "=cmd()", "'; DROP TABLE people; --"):
        await visitor.post(site.path("numbers"), number="0422-99-0001", name=name)
        page = await visitor.get(site.path("numbers"))
        assert name in page.words
        assert "<script>alert" not in page.text


async def test_a_viewer_looks_and_changes_nothing(site: Site) -> None:
    put(site, NUMBER, "医院")
    visitor = site.visitor(Role.VIEWER)
    page = await visitor.get(site.path("numbers"))
    assert "医院" in page.words
    assert not any("numbers" in form.action and form.method == "POST" for form in page.forms)
    for path in (site.path("numbers"), at(site), at(site, "/remove"), site.path("numbers/undo")):
        assert (await visitor.post(path, number="0422-99-0002")).status == 403
    assert len(Lists(site.database).entries(site.household)) == 1


@both
async def test_a_member_of_another_household_learns_and_changes_nothing(site: Site) -> None:
    put(site, NUMBER, "医院")
    stranger = site.visitor("stranger")
    for path in (site.path("numbers"), at(site)):
        page = await stranger.get(path)
        assert page.status == 404
        assert "医院" not in page.text
    foreign = at(site).replace(f"/h/{site.household}/", f"/h/{site.other}/")
    assert (await stranger.get(foreign)).status == 404
    assert (await stranger.post(foreign, name="x")).status == 404
    said = await stranger.follow(await stranger.post(f"{foreign}/remove"))
    assert "医院" not in said.words
    for path in (site.path("numbers"), at(site), at(site, "/remove")):
        assert (await stranger.post(path, number="0422-99-0002")).status == 404
    assert len(Lists(site.database).entries(site.household)) == 1


FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "number": st.text(max_size=60) | st.text("0123456789+-()＋０１ー ", max_size=30),
        "name": st.text(max_size=150),
        "note": st.text(max_size=600),
        "until": st.sampled_from(["", "always", "today", "keep", "x"]),
        "list": st.sampled_from(["", "allowed", "blocked", "both"]),
        "sure": st.sampled_from(["", "on", "off"]),
        "more": st.text(max_size=5),
    },
)


@both
async def test_whatever_is_sent_is_answered_and_shown(site: Site) -> None:
    visitor = site.visitor()
    sent: list[dict[str, str]] = []

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(fields=FIELDS)
    def gather(fields: dict[str, str]) -> None:
        sent.append(fields)

    gather()
    for fields in sent:
        sendable = {k: v.encode("utf-8", "replace").decode() for k, v in fields.items()}
        answer = await visitor.post(site.path("numbers"), sendable)
        assert answer.status in {200, 303, 400, 422}, sendable
    assert (await visitor.get(site.path("numbers"))).status == 200
