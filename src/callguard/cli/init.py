"""``callguard init``: asks what a new home needs, and leaves nothing but to start it."""

import argparse
import asyncio
import errno
import getpass
import os
import shlex
import shutil
import socket
import sqlite3
import sys
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from ..asterisk.adapter import read_adapter
from ..asterisk.adapter_site import household_site
from ..asterisk.answering import Answering
from ..asterisk.instance import NoAsteriskError, find_loader
from ..asterisk.question import Question
from ..asterisk.site import lay_out, site_files
from ..asterisk.written import Written
from ..database import Database
from ..first_run.answers import Answers
from ..first_run.example import Example
from ..first_run.files import secrets_folder, write_settings
from ..first_run.questions import PHONES, Questions, Told, mail_fault
from ..first_run.standing import look
from ..first_run.words import SetupError, Words, words
from ..households import plain_text
from ..households.consent import Consents
from ..households.consent_text import Purpose, consent_text
from ..households.errors import HouseholdError
from ..households.registry import Home, Registry, line_number
from ..numbers import CallerID, format_number
from ..people.invitations import Invitations
from ..people.links import join_link, qr_text
from ..people.rights import Role
from ..schema import newest_revision, revision_of
from ..settings import Settings, file_of, load
from ..settings.secret_files import read_secret
from ..trail import COMMAND_LINE
from ..words.why import why
from .check import explain
from .rooms import now

_EXAMPLES = ("anonymous", "+12025550123", "0422990199")
"""Callers whose verdicts show what the home will do."""
_YES = frozenset({"y", "yes", "はい", "h"})
_NO = frozenset({"", "n", "no", "いいえ", "i"})


def init(options: argparse.Namespace) -> int:
    """Ask, write, sign up, and say what is to be started."""
    language = options.language or ("ja" if _is_japanese() else "en")
    say = words(language)
    try:
        _set_up(options, language, say)
    except SetupError as error:
        print(f"callguard: {error.told(say)}", file=sys.stderr)
        return 1
    return 0


def _set_up(options: argparse.Namespace, language: str, say: Words) -> None:
    path = file_of()
    given = _given(options)
    secret = _from_file("--secret-file", options.secret_file)
    mail_url = _from_file("--smtp-url-file", options.smtp_url_file)
    given = replace(given, has_secret=bool(secret))
    standing = look(path, given, force=options.force)
    if standing.answers is not None:
        given = _over(standing.answers, given)
        if given.settings_text(secrets_folder(path)) != path.read_text(encoding="utf-8"):
            raise SetupError("there", path=path, kept=path.name)
    home = _known(standing.settings, given.line)
    if home is not None:
        given = replace(given, name=given.name or home.name or given.line)
    questions = _questions(options, say)
    if not options.yes:
        print(say["continued"].format(path=path) if standing.answers else say["welcome"])
    told = questions.put(given, secret)
    if given.mail_from or mail_url:
        told = _mail_given(told, given.mail_from, mail_url, kept=standing.answers is not None)
    elif not options.yes and standing.answers is None:
        told = questions.mail(told)
    missing = frozenset(Purpose) - (home.consented if home else frozenset())
    if options.consent:
        purposes, by = missing, plain_text.name(options.consent, "--consent", needed=True)
    elif options.yes:
        purposes, by = frozenset[Purpose](), ""
    else:
        purposes, by = _consented(missing, language, say)
    _write(path, told, options, say)
    _finish(load(), told, purposes, by, options, language, say)


def _write(path: Path, told: Told, options: argparse.Namespace, say: Words) -> None:
    text = told.answers.settings_text(secrets_folder(path))
    secrets = told.answers.secrets(told.secret, told.mail_url)
    new = write_settings(path, text, secrets, force=options.force)
    print((say["written"] if new else say["as_before"]).format(path=path))


def _finish(
    settings: Settings,
    told: Told,
    purposes: Collection[Purpose],
    by: str,
    options: argparse.Namespace,
    language: str,
    say: Words,
) -> None:
    """Sign the home up, write Asterisk's files, show what will happen, and invite."""
    answers, family = told.answers, options.family or say["family"]
    database = Database(settings.households)
    try:
        home = _signed_up(database, answers, frozenset(purposes), by)
        if settings.replicated:
            _copied(settings)
        asterisk = _rendered(settings, say, force=options.force)
        _show_examples(settings, answers.line, language, say)
        if not home.screened:
            print(say["unconsented"])
        link = _invited(database, home, settings, family)
    finally:
        database.close()
    print(say["invited"].format(name=family))
    print(link)
    print(qr_text(link))
    _say_what_is_busy(settings, answers, say)
    print(say["start"])
    print(f"  {_command()} serve")
    print(f"  {asterisk}")
    folder = secrets_folder(file_of())
    print(say["phones"].format(address=answers.sip_bind, folder=folder))
    print(say["ring"])
    print(f"  {_command()} household ring")


def _is_japanese() -> bool:
    # As gettext does it: the locale need not be installed for its language to be meant.
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return next((name for name in names if name), "").lower().startswith("ja")


def _from_file(flag: str, path: str | None) -> str:
    return read_secret(flag, path) if path else ""


def _given(options: argparse.Namespace) -> Answers:
    data = options.data or os.environ.get("CALLGUARD_DATA", "")
    return Answers(
        line=options.line,
        name=options.name,
        gateway=options.gateway,
        server=options.server,
        domain=options.domain,
        user=options.user,
        sip_bind=options.sip_bind,
        network_bind=options.network_bind,
        phones=tuple(options.phone),
        mail_from=options.smtp_from,
        data=str(Path(data).absolute()) if data else "",
        portal_url=options.portal_url,
    )


def _over(before: Answers, given: Answers) -> Answers:
    """Return the answers of *before* with what is *given* now in their place."""
    told = {name: getattr(given, name) for name in Answers.__slots__}
    return replace(before, **{name: value for name, value in told.items() if value})


def _known(settings: Settings, line: str) -> Home | None:
    """Return the home if an earlier set-up has signed it up; an old database is left as it is."""
    if not line or settings.replicated:
        return None
    if revision_of(settings.database_file) != newest_revision():
        return None
    database = Database(settings.households)
    try:
        return Registry(database).find(line)
    except HouseholdError:
        return None
    finally:
        database.close()


def _questions(options: argparse.Namespace, say: Words) -> Questions:
    """Return what asks: a person, or nobody if everything has to be given."""
    if not options.yes:
        person = _Person(say)
        return Questions(say, person.ask, person.ask_secret, _complain)

    def missing(name: str, _: str) -> str:
        if name == "phones":
            return PHONES
        raise SetupError("give", flag=name.replace("_", "-"))

    def refuse(fault: str) -> None:
        raise SetupError("fault", fault=fault)

    return Questions(say, missing, lambda _: "", refuse)


def _complain(fault: str) -> None:
    print(f"  {fault}", file=sys.stderr)


class _Person:
    """Whoever sits before the terminal."""

    def __init__(self, say: Words) -> None:
        self._say = say

    def ask(self, name: str, default: str) -> str:
        """Ask once; nothing typed gives the *default*.

        Raises:
            SetupError: there is nobody who answers.

        """
        shown = f" [{default}]" if default else ""
        try:
            return input(f"{self._say[f'ask_{name}']}{shown}: ").strip() or default
        except UnicodeDecodeError:
            return "\ufffd"  # what was typed is no text: no answer to any question
        except EOFError:
            raise SetupError("nobody") from None

    def ask_secret(self, name: str) -> str:
        """Ask for a secret, which the terminal does not show."""
        if not sys.stdin.isatty():
            return self.ask(name, "")
        try:
            return getpass.getpass(f"{self._say[f'ask_{name}']}: ").strip()
        except EOFError:
            raise SetupError("nobody") from None

    def agrees(self) -> bool:
        """Ask for a yes or a no, until it is one."""
        while True:
            text = self.ask("agree", "").lower()
            if text in _YES | _NO:
                return text in _YES
            _complain(self._say["bad_agree"].format(value=text[:40]))


def _mail_given(told: Told, sender: str, url: str, *, kept: bool) -> Told:
    """Take the mail server that flags tell, or that was told before."""
    if not url and not kept:
        raise SetupError("fault", fault="--smtp-from needs --smtp-url-file")
    if fault := mail_fault(url or "smtp://localhost", sender):
        raise SetupError("fault", fault=fault)
    return replace(told, answers=replace(told.answers, mail_from=sender), mail_url=url)


def _consented(
    missing: Collection[Purpose], language: str, say: Words
) -> tuple[frozenset[Purpose], str]:
    """Show the text of the consent, and ask for each purpose that is *missing* by itself."""
    if not missing:
        return frozenset(), ""
    person = _Person(say)
    text = consent_text(language)
    print(f"\n{text.title}\n\n{text.introduction}\n")
    agreed = set()
    for purpose, about in text.purposes.items():
        if purpose not in missing:
            continue
        print(f"{about.title}\n  {about.text}")
        if person.agrees():
            agreed.add(purpose)
        elif purpose is Purpose.SCREENING:
            break  # the others need it
    print(f"\n{text.revoking}")
    return frozenset(agreed), _who_agrees(person, say) if agreed else ""


def _who_agrees(person: _Person, say: Words) -> str:
    while True:
        try:
            return plain_text.name(person.ask("who_agrees", say["subscriber"]), "by", needed=True)
        except HouseholdError as error:
            _complain(say.get("bad_who_agrees", "{fault}").format(fault=error))


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


def _copied(settings: Settings) -> None:
    """Bring the policies from PostgreSQL to this node, as ``serve`` will do all the time."""
    import psycopg

    from ..households.replica import Replica

    try:
        replica = Replica(settings.households, settings.database_file, now, lambda _: None)
        asyncio.run(replica.compare_once())
    except (psycopg.Error, sqlite3.Error, OSError) as error:
        why = str(error).strip().partition("\n")[0]
        raise SetupError("not_copied", why=why) from error


def _invited(database: Database, home: Home, settings: Settings, name: str) -> str:
    invited = Invitations(database).invite(home.id, Role.MANAGER, name, by=COMMAND_LINE, now=now())
    return join_link(settings.portal_url, invited.token)


def _rendered(settings: Settings, say: Words, *, force: bool) -> str:
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


def _show_examples(settings: Settings, line: str, language: str, say: Words) -> None:
    """Show what ``callguard check`` would: the verdicts on callers of three kinds, and why."""
    answering = Answering.open(settings)
    print(say["examples"].format(line=format_number(line_number(line))))
    for caller in _EXAMPLES:
        pres = "prohib_not_screened" if caller == "anonymous" else "allowed_not_screened"
        caller_id = CallerID(number=caller, presentation=pres)
        verdict, _ = answering.decide(Question(line=line, caller_id=caller_id), now())
        rows = explain(verdict).splitlines()
        if language == "ja":
            rows = [*rows[:2], f"  {why(Example.of(verdict), language)}"]
        print("\n".join(f"  {row}" for row in rows))


def _say_what_is_busy(settings: Settings, answers: Answers, say: Words) -> None:
    """Name the ports that others hold; those of a callguard that runs here already are its own."""
    if settings.services_socket.exists():
        return
    host, _, port = answers.sip_bind.partition(":")
    for setting, kind, place in (
        ("agi_port", socket.SOCK_STREAM, (settings.agi_host, settings.agi_port)),
        ("http_port", socket.SOCK_STREAM, (settings.http_host, settings.http_port)),
        ("sip_bind", socket.SOCK_DGRAM, (host, int(port or 5060))),
    ):
        family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
        with socket.socket(family, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(place)
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    address = f"{place[0]}:{place[1]}"
                    print(say["busy"].format(address=address, setting=setting))


def _command() -> str:
    """Return how this callguard is called, with the settings' file if it is not the usual one."""
    found = shutil.which("callguard")
    own = Path(sys.executable).parent / "callguard"
    command = "callguard" if found and Path(found) == own else str(own)
    config = os.environ.get("CALLGUARD_CONFIG")
    where = f"CALLGUARD_CONFIG={shlex.quote(str(Path(config).absolute()))} " if config else ""
    return f"{where}{command}"
