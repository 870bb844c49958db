"""The carrier's staff signs households up: one by one, or from a file that is checked first."""

import base64
import re

from callguard.households.consent import Consents
from callguard.households.directory import Directory
from callguard.households.registry import Registry
from callguard.people.invitations import Invitations
from callguard.people.rights import Role

from ..site import NOON, OPERATOR, Site, Visitor

GOOD = {
    "line": "０４２２−９９−３３３３",
    "name": "山田家",
    "consent": "on",
    "consent_by": "山田 花子",
    "evidence": "申込書 12号",
    "manager": "由美",
}
CSV = f"""\
line,name,consent_by,consent_at,evidence,digest
0422-99-4444,佐藤家,佐藤 太郎,2026-11-20,申込書 13号,{"0a" * 32}
0422-99-5555,鈴木家,,,,
0422-99-1111,中村家,,,,
03-1234-5678,変な家,,,,
0422-99-6666,,,,,
0422-99-7777,"=HYPERLINK(""x"")",x,2026-13-40,y,{"0a" * 32}
"""


def households(site: Site) -> list[str]:
    return [home.name for home in Directory(site.database).all()]


async def preview(site: Site, visitor: Visitor, content: bytes, name: str = "x.csv") -> str:
    page = await visitor.post("/operator/import", file=(name, content))
    assert page.status == 200
    return page.text


async def test_a_household_is_signed_up_and_its_manager_invited(site: Site) -> None:
    visitor = site.visitor(OPERATOR)
    page = await visitor.get("/operator/households/new")
    shown = await visitor.submit(page, "/new", **GOOD)
    found = re.search(r"/join/([A-Za-z0-9_-]{43})", shown.text)
    assert found
    home = Registry(site.database).find("0422-99-3333")
    assert (home.name, home.screened) == ("山田家", True)
    given = Consents(site.database).history(home.id)
    assert {(one.given_by, one.evidence) for one in given} == {("山田 花子", "申込書 12号")}
    offer = Invitations(site.database).look(found[1], now=NOON)
    assert (offer.household_id, offer.role) == (home.id, Role.MANAGER)


async def test_without_consent_it_is_signed_up_and_not_screened(site: Site) -> None:
    visitor = site.visitor(OPERATOR)
    answer = await visitor.post(
        "/operator/households/new", {"line": "0422-99-3333", "name": "山田家"}
    )
    assert "同意がないので、見守りは止まっています" in (await visitor.follow(answer)).words
    assert not Registry(site.database).find("0422-99-3333").screened


async def test_a_form_that_will_not_do_signs_nobody_up(site: Site) -> None:
    visitor = site.visitor(OPERATOR)
    for change, said in (
        ({"line": "03-1234-5678"}, "市外局番から書いてください"),
        ({"line": "0422-99-1111"}, "もう登録されています"),
        ({"line": ""}, "ここを入力してください"),
        ({"name": ""}, "ここを入力してください"),
        ({"name": "\u00ad" * 101}, "100文字まで"),
        ({"consent_by": ""}, "ここを入力してください"),
        ({"manager": "a\u2028b"}, "使えない文字"),
    ):
        page = await visitor.post("/operator/households/new", {**GOOD, **change})
        assert page.status == 422
        assert said in page.words
    assert households(site) == ["中村家", "小林家"]


async def test_a_file_is_checked_and_then_signed_up(site: Site) -> None:
    visitor = site.visitor(OPERATOR)
    page = await visitor.post("/operator/import", file=("x.csv", CSV.encode("cp932")))
    assert "2件を登録できます" in page.words
    assert "直すところがあります（3行）" in page.words
    assert "1件は、もう登録されています" in page.words
    assert "同意の日は 2026-11-24 のように" in page.words
    assert households(site) == ["中村家", "小林家"]
    done = await visitor.submit(page, "/sign-up")
    assert "2件を登録しました" in done.words
    assert households(site) == ["中村家", "小林家", "佐藤家", "鈴木家"]
    screened = [home.screened for home in Directory(site.database).all()]
    assert screened == [True, True, True, False]
    again = await visitor.submit(page, "/sign-up")
    assert "0件を登録しました" in again.words


async def test_a_file_that_is_none_is_told(site: Site) -> None:
    visitor = site.visitor(OPERATOR)
    for content in (b"\xff\xfe\xff", b"\0" * 40, b"a,b\n1,2\n", b"line,name\n", b"PK\x03\x04\xff"):
        page = await visitor.post("/operator/import", file=("../../etc/passwd", content))
        assert page.status == 422
        assert "このファイルは使えません" in page.words
    empty = await visitor.post("/operator/import", file=("x.csv", b""))
    assert empty.status == 422
    large = await visitor.post("/operator/import", file=("x.csv", b"x" * 300_000))
    assert large.status == 413


async def test_a_table_that_was_tampered_with_is_refused(site: Site) -> None:
    visitor = site.visitor(OPERATOR)
    for table in ("", "x", "€", "AAAA", base64.b64encode(b"\0\xff").decode()):
        page = await visitor.post("/operator/import/sign-up", table=table)
        assert page.status == 400
    assert households(site) == ["中村家", "小林家"]


async def test_what_a_file_holds_stays_text(site: Site) -> None:
    content = "line,name\n0422-99-4444,<script>alert(1)</script>\n03-1234-5678,<b>\n"
    text = await preview(site, site.visitor(OPERATOR), content.encode())
    assert "<script>alert" not in text
    assert "<b>" not in text


async def test_signing_up_needs_a_recent_proof(site: Site) -> None:
    visitor = site.visitor(OPERATOR, proved=False)
    for path in ("/operator/households/new", "/operator/import", "/operator/import/sign-up"):
        page = await visitor.post(path, GOOD)
        assert page.status == 303
        assert page.location.startswith("/confirm")
    assert households(site) == ["中村家", "小林家"]
