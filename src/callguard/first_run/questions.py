"""The questions about a home, in their order; each is asked until its answer can be used."""

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import quote

from ..asterisk.adapter_site import Kind
from ..asterisk.site import SiteError
from ..households import plain_text
from ..households.errors import HouseholdError
from ..households.registry import line_number
from ..notify.addresses import mail_address
from ..notify.mail_server import MailServer, MailServerError
from ..notify.refusals import NoticeRefused
from ..settings import SettingsError
from .answers import Answers
from .words import Words

_WITH_ACCOUNT = frozenset({Kind.HGW, Kind.PROVIDER})
"""Lines at which the adapter registers as somebody."""
_GOOD = Answers(
    line="0422-99-0000",
    name="home",
    gateway=Kind.HGW,
    server="192.168.1.1",
    domain="example.jp",
    user="1",
    has_secret=True,
    sip_bind="192.168.1.10:5060",
    network_bind="192.168.2.10:5060",
    phones=("phone",),
)
"""Answers to all that has not been asked yet: a fault is then that of the last answer."""
_ORDER = (
    *("line", "name", "gateway", "server", "domain", "user"),
    *("sip_bind", "network_bind", "phones"),
)
PHONES = "phone"
LATER = frozenset({"", "later", "あとで", "後で"})


@dataclass(frozen=True, slots=True)
class Told:
    """All that was told: the answers, and the secrets that go with them."""

    answers: Answers
    secret: str = ""
    mail_url: str = ""


@dataclass(frozen=True, slots=True)
class Questions:
    """Puts the questions to somebody."""

    say: Words
    ask: Callable[[str, str], str]
    """Ask for what has this name, with what nothing typed stands for; return what was typed."""
    ask_secret: Callable[[str], str]
    """The same of a secret, of which nothing is shown."""
    complain: Callable[[str], None]
    """Say in one line why an answer cannot be used; whoever asks nobody raises there."""

    def put(self, given: Answers, secret: str = "") -> Told:
        """Ask for what is not *given*, and again for what cannot be used."""
        answers = replace(_GOOD, data=given.data, portal_url=given.portal_url)
        for name in _ORDER:
            if name == "user" and answers.gateway not in _WITH_ACCOUNT:
                answers = replace(answers, user="", has_secret=False)
                secret = ""
                continue
            if name in {"domain", "network_bind"} and answers.gateway != Kind.NGN:
                answers = replace(answers, **{name: ""})  # type: ignore[arg-type]
                continue
            answers = self._answered(name, given, answers)
            if name == "user":
                secret = self._line_secret(answers, given, secret)
                answers = replace(answers, has_secret=bool(secret) or given.has_secret)
        return Told(answers, secret)

    def mail(self, told: Told) -> Told:
        """Ask by which server the family is told; later is an answer."""
        while True:
            server = self.ask("mail", self.say["later"])
            if server.lower() in LATER:
                return told
            if not mail_fault(_url(server), _GOOD_ADDRESS):
                break
            self.complain(self._in_words("mail", server, mail_fault(_url(server), _GOOD_ADDRESS)))
        sender = self._asked("mail_from", "", lambda text: mail_fault(_url("h"), text))
        user = self.ask("mail_user", sender)
        while True:
            password = self.ask_secret("mail_secret")
            url = _url(server, user, password)
            if not (fault := mail_fault(url, sender)):
                return replace(told, answers=replace(told.answers, mail_from=sender), mail_url=url)
            self.complain(self._in_words("mail", server, fault))

    def _answered(self, name: str, given: Answers, so_far: Answers) -> Answers:
        """Return the answers with one more, which is given or asked for."""

        def with_it(text: str) -> Answers:
            value: object = tuple(_words(text)) if name == "phones" else text
            return replace(so_far, **{name: value})  # type: ignore[arg-type]

        value = getattr(given, name)
        text = " ".join(value) if name == "phones" else value
        if text:
            found = fault_of(name, with_it(text))
            if not found:
                return with_it(text)
            self.complain(self._in_words(name, text, found))
        default = {"sip_bind": own_address(so_far.server), "phones": PHONES}.get(name, "")
        return with_it(self._asked(name, default, lambda typed: fault_of(name, with_it(typed))))

    def _asked(self, name: str, default: str, fault: Callable[[str], str]) -> str:
        while True:
            text = self.ask(name, default)
            if not (found := fault(text)):
                return text
            self.complain(self._in_words(name, text, found))

    def _in_words(self, name: str, text: str, fault: str) -> str:
        """Return the fault, or what stands for it in a language that it is not written in."""
        shown = "".join(one if one.isprintable() else "?" for one in text[:40])
        return self.say.get(f"bad_{name}", "{fault}").format(value=shown, fault=fault)

    def _line_secret(self, answers: Answers, given: Answers, secret: str) -> str:
        if given.has_secret and not secret:
            return ""  # in its file already
        while True:
            secret = secret or self.ask_secret("secret")
            fault = fault_of("secret", replace(answers, has_secret=bool(secret)), secret)
            if not fault:
                return secret
            self.complain(self._in_words("secret", "", fault))
            secret = ""


def fault_of(name: str, answers: Answers, secret: str = "") -> str:
    """Return why the answer *name* cannot be used, all others being good; "" if it can."""
    try:
        if name == "line":
            line_number(answers.line)
        elif name == "name":
            plain_text.name(answers.name, needed=True)
        answers.check(secret)
    except (HouseholdError, SettingsError, SiteError) as error:
        return str(error)
    return ""


def own_address(server: str) -> str:
    """Return this machine's address on the way to *server*, or nothing; no packet is sent."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.connect((server.partition(":")[0], 5060))
            return f"{one.getsockname()[0]}:5060"
    except (OSError, UnicodeError):
        return ""


_GOOD_ADDRESS = "home@example.jp"


def mail_fault(url: str, sender: str) -> str:
    """Return why mail cannot be handed in at *url* by *sender*; "" if it can."""
    try:
        mail_address(sender)
        MailServer.read(url, sender)
    except (MailServerError, NoticeRefused) as error:
        return str(error)
    return ""


def _url(server: str, user: str = "", password: str = "") -> str:
    """Return the setting ``smtp_url``; a *server* is a host, host:port, or with its scheme."""
    scheme, slashes, host = server.rpartition("://")
    account = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user and password else ""
    return f"{scheme if slashes else 'smtp'}://{account}{host}"


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[,、\s]+", text) if word]
