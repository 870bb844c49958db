"""``callguard init``: asks what a new home needs, and leaves nothing but to start it."""

import argparse
import getpass
import locale
import re
import socket
import sys
import tomllib
from collections.abc import Callable
from importlib.resources import files

from ..asterisk.adapter import read_adapter
from ..asterisk.adapter_site import household_site
from ..asterisk.answering import Answering
from ..asterisk.instance import NoAsteriskError, find_loader
from ..asterisk.question import Question
from ..asterisk.site import SiteError, lay_out, site_files
from ..asterisk.written import Written
from ..database import Database
from ..first_run.answers import Answers
from ..first_run.files import secrets_folder, write_settings
from ..households.consent import Consents
from ..households.consent_text import Purpose, consent_text
from ..households.errors import HouseholdError
from ..households.registry import Home, Registry, line_number
from ..numbers import CallerID, NumberError, format_number
from ..people.invitations import Invitations
from ..people.links import join_link, qr_text
from ..people.rights import Role
from ..settings import Settings, SettingsError, file_of, load
from ..settings.secret_files import read_secret
from ..trail import COMMAND_LINE
from .rooms import now

FIELDS = ("line", "name", "gateway", "server", "user", "sip_bind")
_PHONES = ("phone",)
_NEEDED = ("line", "name", "gateway", "server", "sip_bind")
_UNTOLD = Settings(ami_secret="not made yet" * 2)
_EXAMPLES = ("anonymous", "+12025550123", "0422990199")
"""Callers whose verdicts show what the home will do."""


def init(options: argparse.Namespace) -> int:
    """Ask, write, sign up, and say what is to be started."""
    language = options.language or ("ja" if _is_japanese() else "en")
    say = _words(language)
    given_secret = _from_file(options.secret_file)
    answers = _given(options, given_secret)
    if options.yes:
        missing = [name for name in _NEEDED if not getattr(answers, name)]
        if missing:
            raise SettingsError(f"--yes asks nothing, so give --{missing[0].replace('_', '-')}")
        answers.check(_UNTOLD)
        secret = given_secret
        purposes = frozenset(Purpose) if options.consent else frozenset()
        by = options.consent or ""
    else:
        print(say["welcome"])
        answers, secret = _asked(answers, given_secret, say)
        purposes, by = _consented(language, say)
    path = file_of()
    text = answers.settings_text(secrets_folder(path))
    new = write_settings(path, text, answers.secrets(secret), force=options.force)
    print((say["written"] if new else say["as_before"]).format(path=path))
    settings = load()
    database = Database(settings.households)
    try:
        home = _signed_up(database, answers, purposes, by)
        link = _invited(database, home, settings, options.family or say["family"])
    finally:
        database.close()
    asterisk = _rendered(settings, say, force=options.force)
    _show_examples(settings, answers.line, say)
    print(say["invited"].format(name=options.family or say["family"]))
    print(link)
    print(qr_text(link))
    print(say["start"])
    print("  callguard serve")
    print(f"  {asterisk}")
    print(say["phones"].format(address=answers.sip_bind, folder=secrets_folder(path)))
    return 0


def _words(language: str) -> dict[str, str]:
    text = (files("callguard.first_run") / "words.toml").read_text(encoding="utf-8")
    found: dict[str, str] = tomllib.loads(text)[language]
    return found


def _is_japanese() -> bool:
    return (locale.getlocale()[0] or "").lower().startswith("ja")


def _from_file(path: str | None) -> str:
    return read_secret("--secret-file", path) if path else ""


def _given(options: argparse.Namespace, secret: str) -> Answers:
    return Answers(
        line=options.line,
        name=options.name,
        gateway=options.gateway,
        server=options.server,
        user=options.user,
        has_secret=bool(secret),
        sip_bind=options.sip_bind,
        phones=tuple(options.phone) or _PHONES,
        data=options.data,
        portal_url=options.portal_url,
    )


def _asked(answers: Answers, secret: str, say: dict[str, str]) -> tuple[Answers, str]:
    """Ask for what is not given, and again for what cannot be used."""
    values: dict[str, str] = {}
    for name in FIELDS:
        given: str = getattr(answers, name)
        values[name] = given or _ask(name, values, say)
    phones = answers.phones if answers.phones != _PHONES else _ask_phones(_PHONES, say)
    secret = secret or _secret(say)
    while True:
        found = Answers(
            **values,
            has_secret=bool(secret),
            phones=phones,
            data=answers.data,
            portal_url=answers.portal_url,
        )
        try:
            found.check(_UNTOLD)
        except (SettingsError, SiteError) as error:
            print(f"  {error}", file=sys.stderr)
            name = _named(str(error))
            if name == "secret":
                secret = _secret(say)
            elif name in values:
                values[name] = _ask(name, values, say)
            elif name == "telephone":
                phones = _ask_phones(phones, say)
            else:
                raise
        else:
            return found, secret


def _named(fault: str) -> str:
    """Return what a fault is about: the first of what was asked for that it names."""
    asked = (*FIELDS, "secret", "telephone")
    places = {name: found.start() for name in asked if (found := re.search(rf"\b{name}\b", fault))}
    return min(places, key=places.__getitem__, default="")


def _ask_phones(default: tuple[str, ...], say: dict[str, str]) -> tuple[str, ...]:
    return tuple(re.split(r"[,、\s]+", _prompt(say["ask_phones"], " ".join(default))))


def _ask(name: str, values: dict[str, str], say: dict[str, str]) -> str:
    """Ask one question until its answer can be used."""
    default = _own_address(values.get("server", "")) if name == "sip_bind" else ""
    while True:
        text = _prompt(say[f"ask_{name}"], default)
        fault = _CHECKS.get(name, _anything)(text)
        if not fault:
            return text
        print(f"  {fault}", file=sys.stderr)


def _line_fault(text: str) -> str:
    try:
        line_number(text)
    except (HouseholdError, NumberError) as error:
        return str(error)
    return ""


def _gateway_fault(text: str) -> str:
    known = ("hgw", "ngn", "provider", "fxo")
    return "" if text in known else f"{text[:40]!r}: {', '.join(known)}"


def _anything(_: str) -> str:
    return ""


_CHECKS: dict[str, Callable[[str], str]] = {"line": _line_fault, "gateway": _gateway_fault}


def _prompt(question: str, default: str) -> str:
    """Ask once; nothing typed gives the *default*.

    Raises:
        SettingsError: there is nobody who answers.

    """
    shown = f" [{default}]" if default else ""
    return _typed(input, f"{question}{shown}: ") or default


def _typed(ask: Callable[[str], str], question: str) -> str:
    try:
        return ask(question).strip()
    except EOFError:
        raise SettingsError("nobody answers, and nothing has been written; see --help") from None


def _secret(say: dict[str, str]) -> str:
    if not sys.stdin.isatty():
        return _prompt(say["ask_secret"], "")
    return _typed(getpass.getpass, f"{say['ask_secret']}: ")


def _own_address(server: str) -> str:
    """Return this machine's address on the way to *server*, or nothing; no packet is sent."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.connect((server.partition(":")[0], 5060))
            return f"{one.getsockname()[0]}:5060"
    except (OSError, UnicodeError):
        return ""


def _consented(language: str, say: dict[str, str]) -> tuple[frozenset[Purpose], str]:
    """Show the text of the consent, and ask for each purpose by itself."""
    text = consent_text(language)
    print(f"\n{text.title}\n\n{text.introduction}\n")
    agreed = set()
    for purpose, words in text.purposes.items():
        print(f"{words.title}\n  {words.text}")
        if _prompt(say["agree"], "").lower() in {"y", "yes", "はい", "h"}:
            agreed.add(purpose)
    print(f"\n{text.revoking}")
    by = _prompt(say["who_agrees"], "subscriber") if agreed else ""
    return frozenset(agreed), by


def _signed_up(database: Database, answers: Answers, purposes: frozenset[Purpose], by: str) -> Home:
    registry = Registry(database)
    try:
        home = registry.find(answers.line)
    except HouseholdError:
        home = registry.add(answers.line, answers.name, consent_by=None, by=COMMAND_LINE, now=now())
    if purposes - home.consented:
        Consents(database).give(
            home.id, purposes, given_by=by, evidence="callguard init", by=COMMAND_LINE, now=now()
        )
    return registry.find(answers.line)


def _invited(database: Database, home: Home, settings: Settings, name: str) -> str:
    invited = Invitations(database).invite(home.id, Role.MANAGER, name, by=COMMAND_LINE, now=now())
    return join_link(settings.portal_url, invited.token)


def _rendered(settings: Settings, say: dict[str, str], *, force: bool) -> str:
    """Write the files of Asterisk; return the command that starts it."""
    site = household_site(read_adapter(), settings)
    folder = lay_out(site)
    conf = str(folder / "asterisk.conf")
    try:
        loader = find_loader()
    except NoAsteriskError as error:
        # Everything else is done, and of use once there is one.
        print(say["no_asterisk"].format(error=error))
        return f"asterisk -C {conf} -f"
    Written(folder).write(site_files(site, loader), force=force)
    return f"{' '.join([*loader.command, '-C', conf])} -f"


def _show_examples(settings: Settings, line: str, say: dict[str, str]) -> None:
    answering = Answering.open(settings)
    print(say["examples"].format(line=format_number(line_number(line))))
    for caller in _EXAMPLES:
        pres = "prohib_not_screened" if caller == "anonymous" else "allowed_not_screened"
        caller_id = CallerID(number=caller, presentation=pres)
        verdict, _ = answering.decide(Question(line=line, caller_id=caller_id), now())
        print(f"  {caller:<14} {verdict.action.value} ({verdict.reason.value})")
