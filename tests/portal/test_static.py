"""Style sheet, scripts and pictures: kept for ever under names that tell their content."""

import gzip

from callguard.portal.look import FOLDER
from callguard.portal.static import Static

from .site import Site

MOST_OF_STYLE = 12 * 1024


async def test_a_file_is_kept_for_ever_and_comes_compressed(site: Site) -> None:
    path = Static(FOLDER).path("style.css")
    page = await site.visitor(None).get(path, **{"Accept-Encoding": "gzip"})
    assert page.status == 200
    assert page.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert page.headers["Content-Type"] == "text/css; charset=utf-8"
    assert page.headers["Vary"] == "Accept-Encoding"
    assert page.body == (FOLDER / "static" / "style.css").read_bytes()
    assert len(gzip.compress(page.body, 9)) < MOST_OF_STYLE
    plain = await site.visitor(None).get(path, **{"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert plain.body == page.body


async def test_what_is_no_file_of_ours_is_not_there(site: Site) -> None:
    visitor = site.visitor(None)
    for path in (
        "style.css",
        "../site.py",
        "..%2F..%2Fpages.py",
        "%00",
        "front/words.toml",
        "x" * 999,
    ):
        assert (await visitor.get(f"/static/{path}")).status == 404


async def test_every_file_can_be_had(site: Site) -> None:
    for path in Static(FOLDER).paths.values():
        assert (await site.visitor(None).get(path)).status == 200
