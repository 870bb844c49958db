"""From a question to its answer: the one path that the daemon and the fallback script share."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from ..blocklist.live import LiveIndex, protected_numbers
from ..blocklist.store import ListStore
from ..bursts.active import ActiveBursts, active_bursts
from ..calllog.hidden import HiddenNumbers
from ..calllog.record import Defence, write
from ..households.reader import PolicyReader
from ..screening import Action, Call, Policy, Reason, Verdict, screen
from ..screening.outbound import calling_line
from ..screening.policy import NO_CONSENT, Challenge
from ..settings import Settings
from .answer import (
    Answer,
    answer,
    asked_family,
    hiding,
    mset,
    new_call_id,
    parties,
    refusal_codes,
)
from .line_question import FIRST_WORDS, reply_to_line
from .outbound_question import FIRST_WORD, decide_outbound
from .question import Question, read_question

log = logging.getLogger(__name__)


# Named once: Python 3.11 takes as long to look up a member of an enumeration as to make an object.
_NO_CONSENT = Reason.NO_CONSENT

_OTHER_WORDS = (*FIRST_WORDS, FIRST_WORD)


def _log(told: str) -> None:
    log.info("call %s", told)


@dataclass(slots=True)
class Answering:
    """Answers questions from policies and lists that are in memory or on local disk."""

    policies: PolicyReader
    blocklist: LiveIndex
    hidden: HiddenNumbers
    sip_codes: Mapping[Reason, int] | None = None
    bursts: ActiveBursts | None = None
    note: Callable[[str], None] = _log
    """Takes for the log, about each verdict, the call's name and what became of the call."""
    count: Callable[[Action, Reason], None] = lambda *_: None
    """Takes each verdict, for the figures."""
    _settled: dict[tuple[Action, Reason, bool, int, bool, Challenge], str] = field(
        default_factory=dict
    )
    """What is set for each kind of verdict, the call's name aside; there are a few dozen kinds."""

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Map the lists on disk, and be ready to read policies."""
        return cls(
            # Where recordings would not be encrypted and erased, none is made.
            PolicyReader(settings.database_file, recording=settings.spool is not None),
            LiveIndex(ListStore(settings.lists), protected_numbers(settings.protected_numbers)),
            HiddenNumbers(settings.hidden_key),
            settings.sip_codes,
            active_bursts(settings),
        )

    def refresh(self) -> None:
        """Take in lists and bursts that the services have written."""
        self.blocklist.refresh()
        if self.bursts is not None:
            self.bursts.refresh()

    def decide(self, question: Question, now: datetime) -> tuple[Verdict, Policy]:
        """Return the verdict on the call that *question* describes, and the policy it rests on.

        Raises:
            PolicyUnavailable: the line's policy cannot be read.

        """
        return self._decide(question, question.line_number(), now)

    def _decide(
        self, question: Question, line: int | None, now: datetime
    ) -> tuple[Verdict, Policy]:
        policy = self.policies.policy(line)
        call = question.call()
        if self.bursts is not None:
            burst = self.bursts.of(call.caller.number, now)
            if burst is not None:
                call = Call(call.caller, call.emergency_dialled_at, burst)
        return screen(call, policy, self.blocklist, now), policy

    def reply(
        self, arguments: Sequence[str], now: datetime, defence: Defence = Defence.DAEMON
    ) -> Answer:
        """Return what answers the AGI arguments of one call.

        Raises:
            QuestionError: the arguments are not a question.
            PolicyUnavailable: the line's policy cannot be read.

        """
        if arguments and arguments[0].startswith(_OTHER_WORDS):
            if arguments[0].startswith(FIRST_WORD):
                return self._outbound(decide_outbound(arguments[0], self.blocklist, now))
            return reply_to_line(arguments[0], self.policies, self.blocklist, now)
        question = read_question(arguments)
        line = question.line_number()
        verdict, policy = self._decide(question, line, now)
        variables = self._variables(verdict, policy)
        call_id, record = self.keep(verdict, policy, line, now, defence)
        who = f"{parties(verdict, line)}{asked_family(verdict, policy)}{hiding(verdict)}"
        return Answer(f"{variables},CALLGUARD_CALL_ID={call_id}{who}", record)

    def _outbound(self, verdict: Verdict) -> Answer:
        """Return what answers a call on its way out; the log tells of those that are refused."""
        call_id = new_call_id()
        self.count(verdict.action, verdict.reason)
        if verdict.action is Action.REJECT:
            by = verdict.evidence
            reference = f", reference {by['reference']}" if "reference" in by else ""
            self.note(f"{call_id}: {verdict.action}, {verdict.reason} by {by['source']}{reference}")
        text = f"{self._variables(verdict, NO_CONSENT)},CALLGUARD_CALL_ID={call_id}"
        line = calling_line(verdict.caller)
        followed = verdict.action is Action.CONNECT and "emergency" not in verdict.evidence
        if followed and line is not None:
            text += f",CALLGUARD_CALLER=+{line}"
        return Answer(f"{text}{hiding(verdict)}", None)

    def keep(
        self,
        verdict: Verdict,
        policy: Policy,
        line: int | None,
        now: datetime,
        defence: Defence,
    ) -> tuple[str, bytes | None]:
        """Give the call a name and note it in the log; return the name, and what is to be kept.

        That is for the journal; of a call whose line has not agreed, nothing is kept.
        """
        call_id = new_call_id()
        self.count(verdict.action, verdict.reason)
        if verdict.reason is not _NO_CONSENT:
            # Nobody is told of a call whose line has not agreed; and no number, of any call.
            told = _TOLD[verdict.action, verdict.reason]
            if "on_trial" in verdict.evidence:
                told += _on_trial(verdict.evidence["on_trial"])
            self.note(call_id + told)
        record: bytes | None = None
        if policy.logged and line is not None:
            hidden = verdict.caller.disclosed
            record = write(
                verdict,
                call_id=call_id,
                line=line,
                at=now,
                defence=defence,
                hidden=None if hidden is None else self.hidden.hash(hidden),
            )
        return call_id, record

    def _variables(self, verdict: Verdict, policy: Policy) -> str:
        kind = (
            verdict.action,
            verdict.reason,
            policy.record and policy.recorded,
            policy.message_seconds if "message" in verdict.evidence else 0,
            policy.whisper,
            policy.challenge,
        )
        settled = self._settled.get(kind)
        if settled is None:
            codes = refusal_codes(self.sip_codes)
            settled = self._settled[kind] = mset(answer(verdict, policy, codes))
        return settled


_TOLD = {(action, reason): f": {action}, {reason}" for action in Action for reason in Reason}


def _on_trial(listing: Mapping[str, str]) -> str:
    """Return what the log says more of a call that a listing on trial would have refused."""
    by = f"listed by {listing['source']} as {listing['category']}, {listing['trial']}"
    return f"; would have been refused: {by}"
