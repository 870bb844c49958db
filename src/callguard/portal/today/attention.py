"""What the family should look at today, the most pressing first; pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ...households.family_telephones import asks_nobody
from ...screening import Action, Policy


class Matter(StrEnum):
    """A kind of thing that needs attention; also the name of its words."""

    NO_CONSENT = "no_consent"
    """Nothing is screened."""
    AT_RISK = "at_risk"
    """A stronger protection is proposed, and nobody has decided."""
    WEAKENED = "weakened"
    """A refusal that callguard recommends is switched off."""
    NOBODY_ASKED = "nobody_asked"
    """The family is to be asked first about unknown callers, and has named no telephone."""
    LISTED_TRIED = "listed_tried"
    """Numbers on a police list have called."""
    FEED_STALE = "feed_stale"
    """No news from the police for longer than there should be."""
    NOTICE_FAULT = "notice_fault"
    """Somebody is not reached by notices."""


@dataclass(frozen=True, slots=True)
class Attention:
    """One matter, with what its words need."""

    matter: Matter
    kinds: tuple[str, ...] = ()
    """The policy settings that are weakened."""
    count: int = 0
    names: tuple[str, ...] = field(default=())
    """The channels that do not work, as their owner calls them."""


WEAK: Mapping[str, Collection[Action]] = {
    "fraud_list": (Action.CHALLENGE, Action.WARN, Action.CONNECT),
    "withheld": (Action.CONNECT,),
    "overseas": (Action.CONNECT,),
    "malformed": (Action.CONNECT,),
    "unavailable": (Action.CONNECT,),
    "unlisted": (Action.CONNECT,),
}
"""Choices that leave a telephone open to what most scams begin with.

To have a caller warned or checked in place of refused is a choice a family may well make, but not
for a number that the police have listed.
"""


def attention(
    policy: Policy,
    *,
    listed_tried: int,
    feed: Mapping[str, Any],
    faulty: Sequence[str],
    proposed: bool = False,
) -> tuple[Attention, ...]:
    """Return what needs attention.

    Args:
        policy: the household's, as the screener sees it.
        listed_tried: calls of the last days from numbers that a police source lists.
        feed: the state of the feed, as :func:`callguard.feed.state.read_state` reads it.
        proposed: whether a stronger protection waits for the household's answer.
        faulty: names of the reader's channels whose last message did not arrive.

    """
    found = []
    if not policy.consent:
        found.append(Attention(Matter.NO_CONSENT))
    else:
        # While nothing at all is screened, what else is open does not matter.
        weak = tuple(name for name, choices in WEAK.items() if getattr(policy, name) in choices)
        if weak:
            found.append(Attention(Matter.WEAKENED, kinds=weak))
    if proposed:
        found.append(Attention(Matter.AT_RISK))
    if policy.consent and asks_nobody(policy):
        found.append(Attention(Matter.NOBODY_ASKED))
    if listed_tried:
        found.append(Attention(Matter.LISTED_TRIED, count=listed_tried))
    if policy.consent and _stale(feed):
        found.append(Attention(Matter.FEED_STALE))
    if faulty:
        found.append(Attention(Matter.NOTICE_FAULT, names=tuple(faulty)))
    return tuple(found)


def _stale(feed: Mapping[str, Any]) -> bool:
    sources = feed.get("sources", {})
    return any(one.get("state") == "stale" or one.get("fault") for one in sources.values())
