"""What the staff do with one household: its group, its number, its end; and the groups."""

from aiohttp import web

from ...households.errors import HouseholdError
from ...households.groups import Groups
from ...households.moving import MOST_DAYS, Moving
from ...leaving import Leaving
from ...words.choices import choice, setting_name
from ..asked import Asked
from ..route import Route, Who
from .households import NAME, household

_SETTINGS = 1000


async def groups(asked: Asked) -> web.Response:
    """Show the groups and their defaults."""
    return await _groups(asked)


async def set_group(asked: Asked) -> web.Response:
    """Make a group, or change its defaults, typed as by command."""
    form = asked.form
    name = form.text("name", most=NAME)
    typed = form.text("settings", most=_SETTINGS, needed=False)
    if not form.good():
        return await _groups(asked, 422)
    pairs = [word.partition("=") for word in typed.split()]
    changes = {key.replace("-", "_"): value for key, _, value in pairs}
    known = {one.name for one in await asked.work(Groups(asked.database).all)}
    store = Groups(asked.database)
    change = store.change if name in known else store.add
    try:
        await asked.work(change, name, changes, by=asked.doer, now=asked.now)
    except HouseholdError as error:
        form.fault("settings", "operator.group.wrong", why=str(error))
        return await _groups(asked, 422)
    # The services bring those who follow in step; this is for the first of them.
    await asked.work(store.bring_in_step, asked.now)
    return asked.onward("/operator/groups", "operator.group.done", name=name)


async def follow(asked: Asked) -> web.Response:
    """Have the household follow another group, or none."""
    home = await household(asked)
    wanted = asked.form.text("group", most=NAME, needed=False)
    if not asked.form.good():
        raise web.HTTPBadRequest
    try:
        await asked.work(
            Groups(asked.database).follow, home.id, wanted or None, by=asked.doer, now=asked.now
        )
    except HouseholdError as error:
        raise web.HTTPBadRequest from error
    return asked.onward(f"/operator/households/{home.id}", "operator.group.followed")


async def move(asked: Asked) -> web.Response:
    """Give the household another number."""
    home = await household(asked)
    path = f"/operator/households/{home.id}"
    to = asked.form.text("to", most=NAME)
    days = asked.form.whole("days", 0, MOST_DAYS)
    if not asked.form.good():
        return asked.onward(path, "operator.move.wrong", done=False)
    try:
        await asked.work(
            Moving(asked.database).move,
            f"+{home.line}",
            to,
            days=days,
            by=asked.doer,
            now=asked.now,
        )
    except HouseholdError:
        return asked.onward(path, "operator.move.wrong", done=False)
    return asked.onward(path, "operator.move.done")


async def remove(asked: Asked) -> web.Response:
    """Ask once, then remove the household with everything of it."""
    home = await household(asked)
    sure = asked.form.ticked("sure")
    if not asked.form.good():
        raise web.HTTPBadRequest
    if not sure:
        return asked.page("operator/remove.html", house=home)
    await asked.work(Leaving(asked.database).household, home.id, by=asked.doer, now=asked.now)
    return asked.onward("/operator/households", "operator.remove.done")


async def _groups(asked: Asked, status: int = 200) -> web.Response:
    found = await asked.work(Groups(asked.database).all)
    return asked.page(
        "operator/groups.html",
        status=status,
        form=asked.form if status != 200 else None,
        groups=[
            (
                one,
                [
                    (setting_name(name, asked.language), choice(name, value, asked.language))
                    for name, value in one.settings.items()
                ],
            )
            for one in found
        ],
    )


_ONE = "/operator/households/{home_id}"

ROUTES = (
    Route("GET", "/operator/groups", groups, Who.OPERATOR),
    Route("POST", "/operator/groups", set_group, Who.OPERATOR, proof=True),
    Route("POST", f"{_ONE}/group", follow, Who.OPERATOR, proof=True),
    Route("POST", f"{_ONE}/move", move, Who.OPERATOR, proof=True),
    Route("POST", f"{_ONE}/remove", remove, Who.OPERATOR, proof=True),
)
