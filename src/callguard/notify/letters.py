"""What a message says: made when it is sent, from what is then still so.

So an erased call is told to nobody, and somebody who has left the household hears nothing more.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any

from sqlalchemy import select

from ..calllog.errors import NoSuchCall
from ..calllog.log import Call, CallLog
from ..database import Database
from ..households.consent import in_force
from ..households.consent_text import Purpose
from ..households.models import Household
from ..households.proposals import Proposals
from ..people.models import Membership, Person
from ..people.rights import Role, may
from ..trail import COMMAND_LINE
from ..words import caller_name, say_date, say_moment, what_happened, why
from ..words.phrases import Phrases
from .digests import Digest, compose_digest
from .models import Channel, Delivery, News
from .queue import Claimed
from .quiet import told_at
from .topics import ASKED_FOR, TERMS, Topic

WORDS = Phrases.load(files(__package__).joinpath("words.toml"))


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one channel."""

    kind: str
    address: str
    """May hold secrets: for the sender only."""
    language: str
    title: str
    text: str
    """Plain text, without the link."""
    link: str
    """The page of the portal where more is to be seen."""
    urgent: bool
    reference: str
    """The same at each try, and of no other message."""
    at: datetime
    """When it happened."""


@dataclass(frozen=True, slots=True)
class Later:
    """The person is not to be told before then."""

    until: datetime


class Letters:
    """Writes the messages of *database*'s deliveries; links lead to the portal at *portal_url*."""

    def __init__(self, database: Database, portal_url: str) -> None:
        self._database = database
        self._calls = CallLog(database)
        self._portal = portal_url.rstrip("/")

    def write(self, delivery: Claimed, *, now: datetime) -> Letter | Later | None:
        """Return the message of *delivery*; None if there is no more reason to send it.

        Raises:
            DatabaseError: the database does not answer.

        """
        with self._database.reading() as session:
            row = session.execute(
                select(News, Channel, Person, Household, Membership.role)
                .select_from(Delivery)
                .join(News, News.id == Delivery.news_id)
                .join(Channel, Channel.id == Delivery.channel_id)
                .join(Person, Person.id == Channel.person_id)
                .join(Household, Household.id == News.household_id)
                .join(
                    Membership,
                    (Membership.person_id == Person.id)
                    & (Membership.household_id == News.household_id),
                )
                .where(Delivery.id == delivery.id)
            ).one_or_none()
            if row is None:
                return None
            news, channel, person, household, role = row
            agreed = Purpose.NOTICES in in_force(session, household.id)
            session.expunge_all()
        topic = Topic(news.topic)
        if topic not in ASKED_FOR:
            terms = TERMS[topic]
            if channel.confirmed_at is None or not may(Role(role), terms.right):
                return None
            if terms.of_calls and not agreed:
                return None
            until = told_at(person.quiet_hours, now=now)
            if until > now and not terms.urgent:
                return Later(until)
        said = self._say(topic, news, channel, household, person.language, now)
        if said is None:
            return None
        title, text, page = said
        return Letter(
            kind=channel.kind,
            address=channel.address,
            language=person.language,
            title=title,
            text=text,
            link=f"{self._portal}/h/{household.id}/{page}",
            urgent=topic in TERMS and TERMS[topic].urgent,
            reference=hashlib.sha256(f"{news.key} {delivery.id}".encode()).hexdigest()[:32],
            at=news.at,
        )

    def _say(
        self,
        topic: Topic,
        news: News,
        channel: Channel,
        household: Household,
        language: str,
        now: datetime,
    ) -> tuple[str, str, str] | None:
        """Return title, text and page; None if what happened is not to be told any more."""
        values: dict[str, Any] = {
            "household": household.name,
            "when": say_moment(news.at, language, now=now),
        }
        page = "today"
        match topic:
            case Topic.LISTED_TRIED | Topic.SCAM_KEY | Topic.LONG_CALL | Topic.MESSAGE_LEFT:
                call = self._call(household.id, news.detail.get("call_id"))
                if call is None:
                    return None
                page = f"calls/{call.call_id}"
                values |= _of_call(call, language, now)
                values["minutes"] = news.detail.get("minutes")
            case Topic.PROTECTION_OFF:
                page = "protection"
                values["by"] = _by(news.detail.get("by", ""), language)
                if revoked := news.detail.get("revoked"):
                    return _said(f"{revoked}-revoked", language, values, "consent")
                values["settings"] = "、".join(
                    WORDS.say(f"setting-{name}", language) for name in news.detail["settings"]
                )
                if language == "en":
                    values["settings"] = values["settings"].replace("、", ", ")
            case Topic.FEED_STALE:
                values["source"] = news.detail["source"]
                values["since"] = say_date(datetime.fromisoformat(news.detail["since"]), language)
            case Topic.STRONGER_PROPOSED:
                page = "risk"
                if Proposals(self._database).open(household.id) is None:
                    return None
            case Topic.MEMBER_JOINED:
                page = "people"
                name = self._member(household.id, news.detail.get("person"))
                if name is None:
                    return None
                values["name"] = name
            case Topic.DIGEST:
                digest = Digest.read(news.detail)
                text = compose_digest(self._calls, household.id, digest, language, now=now)
                if text is None:
                    return None
                values["text"] = text
                values["period"] = WORDS.say(f"period-{digest.rhythm}", language)
            case Topic.TEST:
                page = "notices"
            case Topic.CODE:
                page = "notices"
                if channel.code is None or channel.code_until is None or now >= channel.code_until:
                    return None
                values["code"] = channel.code
        return _said(topic, language, values, page)

    def _call(self, household_id: int, call_id: Any) -> Call | None:
        try:
            return self._calls.call(household_id, str(call_id))
        except NoSuchCall:
            return None

    def _member(self, household_id: int, person_id: Any) -> str | None:
        with self._database.reading() as session:
            return session.scalar(
                select(Person.name)
                .join(Membership, Membership.person_id == Person.id)
                .where(Person.id == person_id, Membership.household_id == household_id)
            )


def _said(key: str, language: str, values: dict[str, Any], page: str) -> tuple[str, str, str]:
    title = WORDS.say(f"{key}-title", language, **values)
    return title, WORDS.say(f"{key}-text", language, **values).strip(), page


def _of_call(call: Call, language: str, now: datetime) -> dict[str, str]:
    return {
        "when": say_moment(call.at, language, now=now),
        "caller": caller_name(call, call.name or None, language),
        "happened": what_happened(call, language),
        "why": why(call, language),
    }


def _by(who: str, language: str) -> str:
    if who == COMMAND_LINE.who:
        return WORDS.say("by-command-line", language)
    return WORDS.say("by-person", language, name=who)
