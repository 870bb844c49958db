"""The household's tokens for the API: shown once when issued, revocable at any time."""

from datetime import timedelta

from aiohttp import web

from ...people.errors import Fault, PeopleError
from ...people.rights import Right
from ...people.tokens import Scope, Tokens, scopes_of
from ..asked import Asked
from ..form import Form
from ..route import Route

LIVES = (30, 90, 365)
"""Days that a token can be issued for."""
_NAME = 100


async def tokens(asked: Asked) -> web.Response:
    """Show the tokens: a manager sees everybody's, others their own."""
    found = await asked.work(
        Tokens(asked.database).of_household,
        asked.household,
        now=asked.now,
        person_id=_whose(asked),
    )
    return asked.page("tokens/list.html", tokens=found)


async def new(asked: Asked) -> web.Response:
    """Show the form for a new token."""
    return _form(asked, None)


async def issue(asked: Asked) -> web.Response:
    """Issue a token, and show it this once."""
    form, allowed = asked.form, _scopes(asked)
    name = form.text("name", most=_NAME)
    chosen = form.many("scope", [scope.value for scope in allowed])
    days = int(form.choice("days", [str(days) for days in LIVES]))
    if not chosen:
        form.fault("scope", "tokens.fault.scope")
    if not form.good():
        return _form(asked, form)
    try:
        secret, token = await asked.work(
            Tokens(asked.database).issue,
            asked.household,
            asked.me.person_id,
            name=name,
            scopes=[Scope(word) for word in chosen],
            expires_at=asked.now + timedelta(days=days),
            by=asked.doer,
            now=asked.now,
        )
    except PeopleError as error:
        known = error.kind in {Fault.NAME, Fault.TOO_MANY}
        form.fault(
            "name" if error.kind is Fault.NAME else "",
            f"tokens.fault.{error.kind if known else 'refused'}",
        )
        return _form(asked, form)
    return asked.page("tokens/issued.html", secret=secret, token=token)


async def revoke(asked: Asked) -> web.Response:
    """End a token at once."""
    asked.form.good()
    try:
        await asked.work(
            Tokens(asked.database).revoke,
            asked.household,
            int(asked.part("token_id")),
            by=asked.doer,
            now=asked.now,
            person_id=_whose(asked),
        )
    except PeopleError as error:
        raise web.HTTPNotFound from error
    return asked.onward(asked.path("tokens"), "tokens.revoked")


def _whose(asked: Asked) -> int | None:
    return None if asked.may(Right.MANAGE_PEOPLE) else asked.me.person_id


def _scopes(asked: Asked) -> tuple[Scope, ...]:
    assert asked.home is not None
    return scopes_of(asked.home.role)


def _form(asked: Asked, form: Form | None) -> web.Response:
    status = 200 if form is None else 422
    return asked.page(
        "tokens/new.html", status=status, form=form, scopes=_scopes(asked), lives=LIVES
    )


ROUTES = (
    Route("GET", "/h/{household}/tokens", tokens, Right.USE_TOKENS),
    Route("GET", "/h/{household}/tokens/new", new, Right.USE_TOKENS, proof=True),
    Route("POST", "/h/{household}/tokens/new", issue, Right.USE_TOKENS, proof=True),
    Route("POST", "/h/{household}/tokens/{token_id}/revoke", revoke, Right.USE_TOKENS),
)
