"""Who is told what, by which way and when: overview, ways to be reached, choices, hours."""

import re
from typing import Any

from aiohttp import web

from ...notify.addresses import MAX_SERVICE, SERVICES
from ...notify.channels import MAX_NAME, Channels, Kind, Way
from ...notify.choices import Choices, Rhythm
from ...notify.refusals import NoticeRefused, Trouble
from ...notify.topics import TERMS, Topic
from ...notify.vapid import VapidError, VapidKey
from ...people.rights import Right, may
from ..asked import Asked
from ..form import Form
from ..route import Route

_PAGE = "notices"
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_MAX_SUBSCRIPTION = 2_000


async def show(asked: Asked) -> web.Response:
    """Show it all."""
    return await _overview(asked)


async def add(asked: Asked) -> web.Response:
    """Show the ways that can be added."""
    return await _adding(asked)


async def add_mail(asked: Asked) -> web.Response:
    """Add a mail address; a code is mailed to it."""
    address = asked.form.text("address", most=254)
    if asked.form.good():
        try:
            way = await asked.work(
                _channels(asked).add_mail,
                asked.me.person_id,
                asked.household,
                address,
                name=asked.say("notices.kind.mail"),
                by=asked.doer,
                now=asked.now,
            )
        except NoticeRefused as refusal:
            _fault(asked.form, "address", refusal)
        else:
            return asked.onward(asked.path(f"{_PAGE}/ways/{way}"), "notices.code_sent")
    return await _adding(asked, asked.form)


async def add_push(asked: Asked) -> web.Response:
    """Add the browser that asks."""
    subscription = asked.form.text("subscription", most=_MAX_SUBSCRIPTION)
    if asked.form.good():
        name = asked.say("notices.this_device", device=asked.me.device or "–")
        try:
            way = await asked.work(
                _channels(asked).add_push,
                asked.me.person_id,
                asked.household,
                subscription,
                name=name[:MAX_NAME],
                by=asked.doer,
                now=asked.now,
            )
        except NoticeRefused as refusal:
            _fault(asked.form, "subscription", refusal)
        else:
            return asked.onward(asked.path(f"{_PAGE}/ways/{way}"), "notices.added")
    return await _adding(asked, asked.form)


async def add_service(asked: Asked) -> web.Response:
    """Add another service, by its address."""
    url = asked.form.text("url", most=MAX_SERVICE)
    name = asked.form.text("name", most=MAX_NAME)
    if asked.form.good():
        try:
            way = await asked.work(
                _channels(asked).add_service,
                asked.me.person_id,
                asked.household,
                url,
                name=name,
                by=asked.doer,
                now=asked.now,
            )
        except NoticeRefused as refusal:
            _fault(asked.form, "name" if refusal.trouble is Trouble.BAD_NAME else "url", refusal)
        else:
            return asked.onward(asked.path(f"{_PAGE}/ways/{way}"), "notices.added")
    return await _adding(asked, asked.form)


async def way(asked: Asked) -> web.Response:
    """Show one way: what became of the last message, its code, its name, its removal."""
    return _way_page(asked, await _own(asked))


async def confirm(asked: Asked) -> web.Response:
    """Take the code that was mailed."""
    one = await _own(asked)
    code = asked.form.text("code", most=20)
    if asked.form.good():
        try:
            await asked.work(
                _channels(asked).confirm, asked.me.person_id, one.id, code, now=asked.now
            )
        except NoticeRefused as refusal:
            _fault(asked.form, "code", refusal)
        else:
            return asked.onward(asked.path(_PAGE), "notices.confirmed", address=one.address)
    return _way_page(asked, one, asked.form)


async def code(asked: Asked) -> web.Response:
    """Mail another code."""
    return await _told(asked, "notices.code_sent", _channels(asked).send_code)


async def test(asked: Asked) -> web.Response:
    """Send a test message."""
    return await _told(asked, "notices.test_sent", _channels(asked).test)


async def rename(asked: Asked) -> web.Response:
    """Call a way otherwise."""
    one = await _own(asked)
    name = asked.form.text("name", most=MAX_NAME)
    if not asked.form.good():
        return _way_page(asked, one, asked.form)
    await asked.work(
        _channels(asked).rename,
        asked.me.person_id,
        asked.household,
        one.id,
        name,
        by=asked.doer,
        now=asked.now,
    )
    return asked.onward(asked.path(_PAGE), "notices.renamed")


async def remove(asked: Asked) -> web.Response:
    """Remove a way."""
    one = await _own(asked)
    if not asked.form.good():
        raise web.HTTPBadRequest
    await asked.work(
        _channels(asked).remove,
        asked.me.person_id,
        asked.household,
        one.id,
        by=asked.doer,
        now=asked.now,
    )
    return asked.onward(asked.path(_PAGE), "notices.removed", name=one.name)


async def choose(asked: Asked) -> web.Response:
    """Set what is told by which way."""
    ways = await asked.work(_channels(asked).of, asked.me.person_id)
    known = {f"{one.id}:{topic}": (one.id, topic) for one in ways for topic in _topics(asked)}
    wanted = asked.form.many("wanted", known)
    if not asked.form.good():
        return await _overview(asked, asked.form)
    await asked.work(
        Choices(asked.database).choose,
        asked.me.person_id,
        asked.household,
        frozenset(known[one] for one in wanted),
        by=asked.doer,
        now=asked.now,
    )
    return asked.onward(asked.path(_PAGE), "notices.chosen")


async def set_hours(asked: Asked) -> web.Response:
    """Set quiet hours and how often the digest comes."""
    begin = asked.form.text("begin", most=5, needed=False)
    end = asked.form.text("end", most=5, needed=False)
    digest = asked.form.choice("digest", Rhythm)
    for name, value, other in (("begin", begin, end), ("end", end, begin)):
        if not value and other:
            asked.form.fault(name, "layout.form.missing")
        elif value and not _TIME.fullmatch(value):
            asked.form.fault(name, "notices.trouble.bad-quiet-hours")
    if not asked.form.good():
        return await _overview(asked, asked.form)
    await asked.work(
        Choices(asked.database).set_habits,
        asked.me.person_id,
        asked.household,
        quiet=f"{begin}-{end}" if begin else "",
        digest=digest,
        by=asked.doer,
        now=asked.now,
    )
    return asked.onward(asked.path(_PAGE), "notices.chosen")


def _channels(asked: Asked) -> Channels:
    return Channels(
        asked.database,
        mail=bool(asked.settings.smtp_url),
        private_targets=asked.settings.news_private_targets,
    )


def _topics(asked: Asked) -> list[Topic]:
    """Return what somebody of this role may be told of at all."""
    assert asked.home is not None
    return [topic for topic, terms in TERMS.items() if may(asked.home.role, terms.right)]


async def _own(asked: Asked) -> Way:
    """Return the way that the path names; another person's is not there."""
    number = int(asked.part("way_id"))
    for one in await asked.work(_channels(asked).of, asked.me.person_id):
        if one.id == number:
            return one
    raise web.HTTPNotFound


async def _told(asked: Asked, said: str, do: Any) -> web.Response:
    """Do what sends a message to one way."""
    one = await _own(asked)
    if not asked.form.good():
        raise web.HTTPBadRequest
    try:
        await asked.work(do, asked.me.person_id, asked.household, one.id, now=asked.now)
    except NoticeRefused as refusal:
        _fault(asked.form, "", refusal)
        return _way_page(asked, one, asked.form)
    return asked.onward(asked.path(f"{_PAGE}/ways/{one.id}"), said)


def _fault(form: Form, name: str, refusal: NoticeRefused) -> None:
    form.fault(name, f"notices.trouble.{refusal.trouble}")


async def _overview(asked: Asked, form: Form | None = None) -> web.Response:
    person = asked.me.person_id
    choices = Choices(asked.database)
    ways = await asked.work(_channels(asked).of, person)
    wanted = await asked.work(choices.of, person, asked.household)
    habits = await asked.work(choices.habits, person)
    begin, _, end = habits.quiet_hours.partition("-")
    return asked.page(
        "notices/notices.html",
        status=200 if form is None else 422,
        form=form,
        ways=ways,
        topics=_topics(asked),
        urgent=[topic for topic, terms in TERMS.items() if terms.urgent],
        wanted={f"{channel}:{topic}" for channel, topic in wanted},
        begin=begin,
        end=end,
        digest=habits.digest,
        rhythms=[(one, asked.say(f"notices.rhythm.{one}")) for one in Rhythm],
        told=await asked.work(choices.household, asked.household),
    )


async def _adding(asked: Asked, form: Form | None = None) -> web.Response:
    try:
        key = (await asked.work(VapidKey.open, asked.settings.vapid_key)).public
    except VapidError:
        key = ""
    return asked.page(
        "notices/add.html",
        status=200 if form is None else 422,
        form=form,
        mail=bool(asked.settings.smtp_url),
        key=key,
        examples={one.name: one.example for one in SERVICES.values()},
    )


def _way_page(asked: Asked, one: Way, form: Form | None = None) -> web.Response:
    return asked.page(
        "notices/way.html",
        status=200 if form is None else 422,
        form=form,
        way=one,
        to_confirm=one.kind is Kind.MAIL and not one.confirmed,
    )


_PATH = "/h/{household}/notices"
_WAY = f"{_PATH}/ways/{{way_id}}"
_OWN = Right.OWN_NOTICES

# A new way could tell a stranger of every call: whoever adds one proves who they are.
ROUTES = (
    Route("GET", _PATH, show, _OWN),
    Route("GET", f"{_PATH}/add", add, _OWN, proof=True),
    Route("POST", f"{_PATH}/add/mail", add_mail, _OWN, proof=True),
    Route("POST", f"{_PATH}/add/push", add_push, _OWN, proof=True),
    Route("POST", f"{_PATH}/add/service", add_service, _OWN, proof=True),
    Route("GET", _WAY, way, _OWN),
    Route("POST", f"{_WAY}/confirm", confirm, _OWN),
    Route("POST", f"{_WAY}/code", code, _OWN),
    Route("POST", f"{_WAY}/test", test, _OWN),
    Route("POST", f"{_WAY}/rename", rename, _OWN),
    Route("POST", f"{_WAY}/remove", remove, _OWN),
    Route("POST", f"{_PATH}/choices", choose, _OWN),
    Route("POST", f"{_PATH}/hours", set_hours, _OWN),
)
