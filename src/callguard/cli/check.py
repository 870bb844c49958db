"""``callguard check``: explains a verdict without a call."""

import argparse
import json
import sys
from datetime import UTC, datetime

from ..asterisk.answering import Answering
from ..asterisk.question import Question
from ..households.registry import line_number
from ..numbers import CallerID, classify, format_number
from ..numbers.caller_id import bare_number
from ..numbers.dialled import read_dialled
from ..screening import RULES, Reason, Verdict
from ..screening.outbound import screen_outbound
from ..settings import load


def check(options: argparse.Namespace) -> int:
    """Print the verdict that a call would get now, and why."""
    headers: dict[str, list[str]] = {}
    for header in options.header:
        name, colon, value = header.partition(":")
        if not colon:
            print(f"callguard: --header {header!r} is not 'Name: value'", file=sys.stderr)
            return 2
        headers.setdefault(name.strip().lower(), []).append(value.strip())
    if not options.outbound:
        line_number(options.to)
    asserted = tuple(headers.get("p-asserted-identity", ()))
    sender = "".join(headers.get("from", [])[:1])
    # As Asterisk does on a trusted trunk: the network's word before the caller's.
    number = options.caller or bare_number("".join(asserted[:1])) or bare_number(sender)
    question = Question(
        line=options.to,
        caller_id=CallerID(
            number=number,
            presentation=options.presentation,
            from_header=sender,
            asserted=asserted,
            privacy="".join(headers.get("privacy", [])[:1]),
            abroad=options.abroad,
        ),
    )
    answering = Answering.open(load())
    if options.outbound:
        verdict = screen_outbound(
            classify(question.caller_id),
            read_dialled(options.to),
            answering.blocklist,
            datetime.now(UTC),
        )
    else:
        verdict, _ = answering.decide(question, datetime.now(UTC))
    if options.json:
        print(json.dumps(verdict.to_json(), ensure_ascii=False))
    else:
        print(explain(verdict))
    return 0


def explain(verdict: Verdict) -> str:
    """Return a verdict in lines for people: what is done, with whom, and by which rule."""
    caller = verdict.caller
    kind = f", {caller.kind.value}" if caller.kind else ""
    shown = format_number(caller.number) if caller.number is not None else "no number"
    lines = [
        f"{verdict.action.value} ({verdict.reason.value})",
        f"  caller        {shown} ({caller.origin.value}{kind})",
        f"  because       {_when(verdict)}",
    ]
    evidence = dict(verdict.evidence)
    trial = evidence.pop("on_trial", None)
    lines += [f"  {name:<13} {value}" for name, value in evidence.items()]
    if trial is not None:
        lines.append("  on trial      a listing would have refused this call, and is only noted:")
        lines += [f"    {name:<11} {value}" for name, value in trial.items()]
    return "\n".join(lines)


def _when(verdict: Verdict) -> str:
    if verdict.reason is Reason.SUSPENDED:
        return "a police source had the line suspended"
    if verdict.reason is Reason.OUTBOUND:
        return "the line is not suspended, or an emergency service is called"
    return next(rule.when for rule in RULES if rule.reason is verdict.reason)
