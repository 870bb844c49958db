"""What is asked during a call, or by the household's own telephone.

``dial``: may this call go out; ``event``: keep what a key was pressed for; ``family``: whom does
the family key call. The words are those of :mod:`.question`. These come first, so that a call's own
question is told from them at its first character.
"""

from collections.abc import Mapping
from datetime import datetime

from ..blocklist.live import LiveIndex
from ..calllog.line_event import (
    DialledOut,
    Press,
    Pressed,
    Presser,
    is_call_id,
    write_event,
)
from ..households.reader import PolicyReader
from ..numbers.dialled import read_dialled
from ..screening.dialling import dial_prompt, judge_dialled
from ..screening.policy import Dialling
from .answer import Answer, family_telephones, mset
from .question import QuestionError, read_words, text_word

FIRST_WORDS = ("dial=", "event=", "family=")

MAX_ID = 10**9
"""Ids of telephones are integers of the database."""


def reply_to_line(
    argument: str, policies: PolicyReader, blocklist: LiveIndex, now: datetime
) -> Answer:
    """Return what answers one question of the telephone's, and what is kept of it first.

    Raises:
        QuestionError: the argument is not such a question.
        PolicyUnavailable: the line's policy cannot be read.

    """
    words = read_words(argument)
    line = read_dialled(text_word(words, "line")).number
    if line is None:
        raise QuestionError("the telephone's own line is no number")
    policy = policies.policy(line)
    if "event" in words:
        if not policy.logged:
            # Without a log of calls nobody knows afterwards who called.
            return Answer(mset({"CALLGUARD_KEPT": "0"}), None)
        return _keep(words, line, now)
    if "family" in words:
        if not (policy.consent and policy.family_key):
            return Answer(mset({"CALLGUARD_KEPT": "0"}), None)
        return Answer(f"CALLGUARD_KEPT=1{family_telephones(policy)}", None)
    dialled = read_dialled(text_word(words, "dial"))
    verdict = judge_dialled(dialled, policy, blocklist, now)
    if verdict.ground is None:
        return Answer(mset({"CALLGUARD_DIALLING": Dialling.GO.value}), None)
    variables = {
        "CALLGUARD_DIALLING": verdict.dialling.value,
        "CALLGUARD_PROMPT": dial_prompt(verdict.ground, verdict.dialling) or "",
    }
    event = DialledOut(verdict.ground, verdict.dialling, dialled.number, line, now)
    return Answer(mset(variables), write_event(event))


def _keep(words: Mapping[str, str], line: int, now: datetime) -> Answer:
    try:
        press, presser = Press(words["event"]), Presser(words.get("by", ""))
    except ValueError as error:
        raise QuestionError(f"there is no such event: {error}") from error
    call_id, who = words.get("call", ""), words.get("who", "")
    if not is_call_id(call_id):
        raise QuestionError("the event is about no call")
    if who and not (who.isascii() and who.isdigit() and 0 < int(who[:10]) < MAX_ID):
        raise QuestionError("the event is of no telephone")
    kept = write_event(Pressed(press, presser, call_id, line, now, int(who) if who else None))
    return Answer(mset({"CALLGUARD_KEPT": "1"}), kept)
