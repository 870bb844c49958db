"""An address book taken in: nothing is added before it was shown and confirmed."""

import io
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callguard.households.listed import Listed
from callguard.households.lists import Lists
from callguard.people.rights import Role
from callguard.trail import COMMAND_LINE, Deed

from ..police import list_number
from ..site import NOON, Page, Site, Visitor

pytestmark = pytest.mark.database("sqlite")
both = pytest.mark.database("sqlite", "postgresql")


def card(name: str, *numbers: str) -> str:
    lines = "".join(f"TEL;TYPE=home:{number}\r\n" for number in numbers)
    return f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\n{lines}END:VCARD\r\n"


BOOK = (
    card("やまだ医院", "0422-99-0001")
    + card("孫🎈", "090-9999-0002", "050-9999-0003")
    + card("娘（海外）", "+1 202-555-0123")
    + card("まちがい", "03-1234")
    + card("番号なし")
)


def entries(site: Site) -> dict[int, Listed]:
    return {one.number: one for one in Lists(site.database).entries(site.household)}


async def upload(
    visitor: Visitor, site: Site, content: bytes | str, name: str = "contacts.vcf"
) -> Page:
    data = content.encode() if isinstance(content, str) else content
    return await visitor.post(site.path("numbers/files"), file=(name, io.BytesIO(data)))


async def preview(visitor: Visitor, site: Site, content: bytes | str) -> Page:
    return await visitor.follow(await upload(visitor, site, content))


def ticked(page: Page) -> list[str]:
    fields = page.form("numbers/import").fields
    return [one.value for one in fields if one.name == "pick" and one.sent]


@both
@pytest.mark.parametrize("who", [Role.MANAGER, Role.MEMBER, Role.SUBSCRIBER])
async def test_what_is_ticked_is_added_and_nothing_before(site: Site, who: Role) -> None:
    visitor = site.visitor(who)
    page = await preview(visitor, site, BOOK)
    for words in ("やまだ医院", "孫🎈", "娘（海外）", "まちがい", "電話番号として読めません"):
        assert words in page.words
    assert "番号なし" not in page.words
    assert entries(site) == {}
    done = await visitor.follow(await visitor.submit(page, "numbers/import"))
    assert "3件を追加" in done.words
    assert {number: one.name for number, one in entries(site).items()} == {
        81422990001: "やまだ医院",
        819099990002: "孫🎈",
        815099990003: "孫🎈",
    }
    with site.database.reading() as session:
        assert session.query(Deed).filter_by(what="import-numbers").one().who.startswith("中村")


async def test_a_number_abroad_is_added_only_if_somebody_ticks_it(site: Site) -> None:
    visitor = site.visitor()
    page = await preview(visitor, site, BOOK)
    every = [one.value for one in page.form("numbers/import").fields if one.name == "pick"]
    assert len(ticked(page)) == len(every) - 1
    await visitor.submit(page, "numbers/import", pick=every)
    assert 12025550123 in entries(site)


async def test_a_listed_number_is_shown_apart_and_not_ticked(site: Site) -> None:
    list_number(site.settings.lists, 1)
    page = await preview(site.visitor(), site, card("医院", "0422-99-0001"))
    assert "詐欺に使われた" in page.words
    assert ticked(page) == []


async def test_what_is_there_already_is_told_and_a_new_name_is_shown_beside_the_old(
    site: Site,
) -> None:
    lists = Lists(site.database)
    for number, name, allowed in (
        (81422990001, "やまだ医院", True),
        (819099990002, "まご", True),
        (815099990003, "店", False),
    ):
        lists.put(site.household, number, allowed=allowed, name=name, by=COMMAND_LINE, now=NOON)
    visitor = site.visitor()
    page = await preview(visitor, site, BOOK)
    assert "もう登録されている番号が1件" in page.words
    assert "いまの名前：まご" in page.words
    assert "いま「断る番号」にあるもの" in page.words
    assert len(ticked(page)) == 1
    await visitor.submit(page, "numbers/import")
    assert entries(site)[819099990002].name == "孫🎈"
    assert not entries(site)[815099990003].allowed


@both
async def test_two_hundred_contacts_of_a_spreadsheet_come_in_at_once(site: Site) -> None:
    table = "名前,電話番号\r\n" + "".join(f"人{n:03},0422-99-{n:04}\r\n" for n in range(200))
    visitor = site.visitor()
    page = await preview(visitor, site, table.encode("cp932"))
    await visitor.submit(page, "numbers/import")
    assert len(entries(site)) == 200


async def test_with_nothing_ticked_nothing_is_added(site: Site) -> None:
    visitor = site.visitor()
    page = await preview(visitor, site, BOOK)
    done = await visitor.follow(await visitor.submit(page, "numbers/import", pick=None))
    assert "何も追加していません" in done.words
    assert entries(site) == {}


async def test_a_preview_counts_once_and_for_an_hour(site: Site) -> None:
    visitor = site.visitor()
    page = await preview(visitor, site, BOOK)
    site.clock.pass_(timedelta(hours=1, seconds=1))
    late = await visitor.follow(await visitor.submit(page, "numbers/import"))
    assert "もう一度ファイルを選んで" in late.words
    assert 'class="said not-done"' in late.text
    assert entries(site) == {}


async def test_nobody_confirms_what_another_device_uploaded(site: Site) -> None:
    page = await preview(site.visitor(), site, BOOK)
    other = site.visitor(Role.MEMBER)
    await other.submit(page, "numbers/import", csrf=await other.csrf())
    assert entries(site) == {}


@pytest.mark.parametrize("pick", ["99", "-1", "0 ", "x", "\x00"])
async def test_a_tick_that_no_preview_had_adds_nothing(site: Site, pick: str) -> None:
    visitor = site.visitor()
    page = await preview(visitor, site, BOOK)
    answer = await visitor.submit(page, "numbers/import", pick=["0", pick])
    assert answer.status == 400
    assert entries(site) == {}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "ファイルを選んで"),
        (b"   \r\n ", "中身がありません"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "読めません"),
        (b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:x\r\nEND:VCARD\r\n", "見つかりません"),
        (b"x" * 5_000_001, "大きすぎ"),
        (b"PK\x03\x04" + b"\x00" * 500, "読めません"),
        (b"<html><script>alert(1)</script></html>", "読めません"),
    ],
)
async def test_a_file_that_is_no_address_book_is_explained(
    site: Site, content: bytes, said: str
) -> None:
    page = await upload(site.visitor(), site, content)
    assert page.status in {413, 422}
    assert said in page.words


async def test_a_file_of_fifty_megabytes_is_refused_and_not_read(site: Site) -> None:
    page = await upload(site.visitor(), site, b"BEGIN:VCARD\r\nPHOTO:".ljust(50_000_000, b"A"))
    assert page.status == 413
    assert "大きすぎ" in page.words


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "..\\..\\x.vcf", "a" * 5000, "<script>.vcf", "NUL", ""],
)
async def test_a_files_name_is_nothing_that_counts(site: Site, name: str) -> None:
    answer = await upload(site.visitor(), site, BOOK, name=name or "x")
    assert answer.status == 303


async def test_a_file_in_place_of_a_field_and_a_field_in_place_of_a_file_are_refused(
    site: Site,
) -> None:
    visitor = site.visitor()
    text = await visitor.post(site.path("numbers/files"), file="BEGIN:VCARD")
    assert text.status in {400, 422}
    more = await visitor.post(
        site.path("numbers/files"), file=("a.vcf", BOOK.encode()), other=("b", b"x")
    )
    assert more.status == 400


@both
@pytest.mark.parametrize("who", [Role.VIEWER, "stranger", "operator"])
async def test_who_may_not_change_lists_imports_nothing(site: Site, who: str) -> None:
    visitor = site.visitor(who)
    status = 403 if who == Role.VIEWER else 404
    assert (await upload(visitor, site, BOOK)).status == status
    assert (await visitor.get(site.path("numbers/import?file=x"))).status == status
    assert (await visitor.post(site.path("numbers/import"), file="x", pick="0")).status == status
    assert entries(site) == {}


async def test_script_in_a_contact_stays_text(site: Site) -> None:
    page = await preview(
        site.visitor(), site, card("<script>alert(1)</script>", "0422-99-0001", "<b>1</b>")
    )
    assert "<script>alert" not in page.text
    assert "<b>1</b>" not in page.text


@both
async def test_any_bytes_are_an_address_book_or_explained(site: Site) -> None:
    visitor = site.visitor()
    sent: list[bytes] = []
    cards = st.lists(
        st.tuples(st.text(max_size=20), st.text("0123456789+- ()０１", max_size=16)), max_size=5
    ).map(lambda rows: "".join(card(name, number) for name, number in rows))

    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(content=st.binary(max_size=300) | cards.map(lambda text: text.encode("utf-8", "ignore")))
    def gather(content: bytes) -> None:
        sent.append(content)

    gather()
    for content in sent:
        answer = await upload(visitor, site, content)
        assert answer.status in {303, 422}, content
        if answer.status == 303:
            assert (await visitor.follow(answer)).status == 200
