"""The lists taken out as a file; the trail says that they were."""

from aiohttp import web

from ...contacts.export import to_csv, to_vcards
from ...households.lists import Lists
from ...words.moments import JAPAN
from ..asked import Asked

FORMS = {"csv": "text/csv", "vcard": "text/vcard"}
_ENDINGS = {"csv": "csv", "vcard": "vcf"}


async def export(asked: Asked) -> web.Response:
    """Answer with the lists as CSV or vCard: a table has both, an address book the allowed."""
    form = asked.form.choice("form", FORMS)
    if not asked.form.good():
        raise web.HTTPBadRequest
    content = await asked.work(_export, asked, form)
    name = f"callguard-{asked.now.astimezone(JAPAN):%Y%m%d}.{_ENDINGS[form]}"
    return web.Response(
        body=content,
        content_type=FORMS[form],
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _export(asked: Asked, form: str) -> bytes:
    lists = Lists(asked.database)
    # In an address book there is no telling whom the family does not want to hear.
    entries = lists.entries(asked.household, None if form == "csv" else True)
    lists.exported(asked.household, form, by=asked.doer, now=asked.now)
    return to_csv(entries, asked.language) if form == "csv" else to_vcards(entries)
