"""What a person needs to get in, for the tests of pages: a passkey, a password with its app."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyotp

from callguard.people.ceremonies import Device
from callguard.people.factor_key import FactorKey
from callguard.people.passkeys import Passkeys
from callguard.people.passwords import Passwords
from callguard.people.relying_party import RelyingParty
from callguard.people.rights import Role
from callguard.people.second_factor import SecondFactor
from callguard.people.sessions import Sessions
from callguard.trail import Doer

from ..people.authenticator import Authenticator
from .site import Page, Site, Visitor

MAIL, PASSWORD = "hanako@example.jp", "three plums in a basket"

HOSTILE = (
    "\x00",
    "a\r\nSet-Cookie: callguard=x",
    "x" * 10_000,
    "'; DROP TABLE people; --",
    "<script>alert(1)</script>",
    '"><img src=x>',
    "{{ 7 * 7 }}",
    "\u202egnp.exe",
    "🌸" * 60,
    "%s%n",
    "../../etc/passwd",
)
"""What a stranger types into any field."""


@dataclass(frozen=True)
class App:
    """An authenticator app that holds one secret."""

    secret: str
    recovery_codes: tuple[str, ...] = ()

    @classmethod
    def read(cls, page: Page) -> "App":
        """Read the secret off a page, as somebody types it who cannot scan the picture."""
        found = re.search(r"secret=([A-Z2-7]+)", page.text)
        assert found is not None, page.words
        return cls(found[1])

    def code(self, now: datetime) -> str:
        return pyotp.TOTP(self.secret).at(now)


def options(page: Page) -> dict[str, Any]:
    """What the page's script asks the browser for."""
    assert page.status == 200, page.text
    asked: dict[str, Any] = json.loads(page.text)
    return asked


async def sign_in_by_passkey(visitor: Visitor, phone: Authenticator, back: str = "/") -> Page:
    """Do what the page and its script do."""
    page = await visitor.get(f"/sign-in?back={back}")
    asked = await visitor.post("/sign-in/passkey/options", back=back, answer="")
    return await visitor.submit(page, "/sign-in/passkey", answer=phone.get(options(asked)))


def give_passkey(site: Site, who: str = Role.MANAGER) -> Authenticator:
    """Register a passkey of a person; return the device that holds it."""
    phone, device = Authenticator(origin=site.settings.portal_url), _device(site, who)
    passkeys = Passkeys(site.database, RelyingParty.of(site.settings.portal_url))
    answer = phone.create(passkeys.begin_adding(device=device, now=site.clock.now))
    passkeys.add(answer, "iPhone", device=device, by=_doer(site, who), now=site.clock.now)
    _forget(site, device)
    return phone


def give_password(site: Site, who: str = Role.MANAGER) -> App:
    """Give a person a password and a second factor; return the app."""
    now, by, device = site.clock.now, _doer(site, who), _device(site, who)
    Passwords(site.database).set(site.people[who], MAIL, PASSWORD, by=by, now=now)
    second = SecondFactor(site.database, FactorKey.in_file(site.settings.second_factor_key))
    offered = second.begin(device=device, now=now)
    code = App(offered.secret).code(now)
    codes = second.finish(offered.token, code, device=device, by=by, now=now)
    _forget(site, device)
    return App(offered.secret, codes)


def _device(site: Site, who: str) -> Device:
    token = site.sign_in(who)
    found = Sessions(site.database).find(token, now=site.clock.now)
    assert found is not None
    return Device(found.person_id, found.id)


def _forget(site: Site, device: Device) -> None:
    Sessions(site.database).end(
        device.session_id, person_id=device.person_id, by=Doer("test"), now=site.clock.now
    )


def _doer(site: Site, who: str) -> Doer:
    return Doer("test", site.people[who], "127.0.0.1")
