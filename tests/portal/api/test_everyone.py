"""Every operation of the table, asked by everybody who may not: each learns nothing.

The tests go through ``OPERATIONS``, so a new operation cannot be forgotten.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

import pytest

from callguard.people.rights import Right, Role, may
from callguard.people.tokens import Scope, Tokens
from callguard.portal.api.operation import Operation
from callguard.portal.api.operations import OPERATIONS
from callguard.trail import Doer

from ..example import SECRETS, furnish
from ..site import OPERATOR, Page, Site, Visitor

pytestmark = pytest.mark.slow

PRIVATE = [one for one in OPERATIONS if not one.open and not one.of_node]
OF_HOUSEHOLD = [one for one in PRIVATE if one.of_household]


@dataclass
class Furnished:
    """The site, and how a path is filled in."""

    site: Site
    parts: dict[str, str]

    async def ask(self, visitor: Visitor, operation: Operation, **headers: str) -> Page:
        path = re.sub(r"\{(\w+)\}", lambda found: self.parts[found[1]], operation.path)
        return await visitor.request(operation.method, path, headers=headers)

    def token(self, who: str, *scopes: Scope, household: int | None = None) -> dict[str, str]:
        secret, _ = Tokens(self.site.database).issue(
            household or self.site.household,
            self.site.people[who],
            name="test",
            scopes=scopes or tuple(Scope),
            expires_at=self.site.clock.now + timedelta(days=1),
            by=Doer("test"),
            now=self.site.clock.now,
        )
        return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
async def furnished(site: Site) -> Furnished:
    """A household with everything."""
    return Furnished(site, furnish(site) | {"country": "JP", "problem": "malformed"})


async def refused(
    furnished: Furnished, visitor: Visitor, operation: Operation, status: int, **headers: str
) -> list[str]:
    """Ask for an operation; return what is wrong with the refusal."""
    page = await furnished.ask(visitor, operation, **headers)
    told = [secret for secret in SECRETS if secret in page.text + str(page.headers)]
    good = page.status == status and page.headers["Content-Type"].startswith(
        "application/problem+json"
    )
    return [] if good and not told else [f"{operation.name}: {page.status} {told}"]


async def test_without_a_token_or_a_session_nothing_is_told(furnished: Furnished) -> None:
    faults = []
    for visitor in (furnished.site.visitor(None), furnished.site.visitor(revoked=True)):
        for operation in PRIVATE:
            faults += await refused(furnished, visitor, operation, 401)
            wrong = {"Authorization": "Bearer cg_" + "A" * 43}
            faults += await refused(furnished, visitor, operation, 401, **wrong)
    assert not faults


async def test_who_is_no_member_finds_nothing(furnished: Furnished) -> None:
    faults = []
    site = furnished.site
    token = furnished.token("stranger", household=site.other)
    for operation in OF_HOUSEHOLD:
        for who in ("stranger", OPERATOR):
            faults += await refused(furnished, site.visitor(who), operation, 404)
        faults += await refused(furnished, site.visitor(None), operation, 404, **token)
    assert not faults


@pytest.mark.parametrize("role", list(Role))
async def test_who_lacks_the_right_is_refused(furnished: Furnished, role: Role) -> None:
    faults = []
    visitor = furnished.site.visitor(role)
    csrf = {"X-CSRF-Token": await visitor.csrf()}
    for operation in OF_HOUSEHOLD:
        assert operation.right is not None
        if not may(role, operation.right):
            faults += await refused(furnished, visitor, operation, 403, **csrf)
    assert not faults


async def test_a_token_with_too_little_scope_is_refused(furnished: Furnished) -> None:
    faults = []
    visitor = furnished.site.visitor(None)
    tokens = {scope: furnished.token(Role.MANAGER, *(set(Scope) - {scope})) for scope in Scope}
    for operation in OF_HOUSEHOLD:
        assert operation.scope is not None
        faults += await refused(furnished, visitor, operation, 403, **tokens[operation.scope])
    assert not faults


async def test_a_session_changes_nothing_without_the_token_of_our_pages(
    furnished: Furnished,
) -> None:
    faults = []
    visitor = furnished.site.visitor()
    for operation in OF_HOUSEHOLD:
        if operation.method != "GET":
            faults += await refused(furnished, visitor, operation, 403)
    assert not faults


async def test_another_method_is_none(furnished: Furnished) -> None:
    visitor = furnished.site.visitor()
    known: dict[str, set[str]] = {}
    for operation in OPERATIONS:
        if not operation.of_node:
            known.setdefault(operation.path, set()).add(operation.method)
    for path, methods in known.items():
        operation = next(one for one in OPERATIONS if one.path == path)
        address = re.sub(r"\{(\w+)\}", lambda found: furnished.parts[found[1]], operation.path)
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - methods:
            page = await visitor.request(method, address)
            assert page.status == 405
            assert methods <= set(page.headers["Allow"].split(","))


def test_every_operation_of_a_household_needs_a_right_and_a_scope() -> None:
    for operation in OPERATIONS:
        assert operation.of_household == isinstance(operation.right, Right)
        assert operation.of_household == isinstance(operation.scope, Scope)
