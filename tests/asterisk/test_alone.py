"""The dialplan alone against the screener, over every shape of caller ID: coarser, and no more.

Its conditions are read from ``screening.conf`` and evaluated here as Asterisk does, since a real
call for each shape would take minutes; some of them are real calls in ``tests/calls``.
"""

import re
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.asterisk.site import configuration_folder
from callguard.numbers import CallerID, Origin, classify
from callguard.screening import Action, Call, Policy, screen

from ..screening.samples import NOTHING_LISTED, NOW

HOME = Policy(consent=True)

_STEP = re.compile(r"^ same => n(?:\((?P<label>[a-z]+)\))?,(?P<step>.*)$|^exten => alone,1,")
_MATCHES = re.compile(r'GotoIf\(\$\{REGEX\("(?P<pattern>.*)" \$\{(?P<name>\w+)\}\)\}\?(?P<to>.*)\)')
_LONGER = re.compile(
    r"GotoIf\(\$\[\$\{LEN\(\$\{(?P<name>\w+)\}\)\} > (?P<most>\d+)\]\?(?P<to>.*)\)"
)
_DIFFERS = re.compile(
    r'GotoIf\(\$\["\$\{(?P<name>\w+)(?::0:(?P<length>\d+))?\}" (?P<how>!?=) "(?P<text>\w*)"\]'
    r"\?(?P<to>.*)\)"
)


@dataclass(frozen=True)
class Step:
    label: str
    text: str


def steps() -> list[Step]:
    """The steps of the extension ``alone``, from where it looks at the caller."""
    lines = (configuration_folder() / "common" / "screening.conf").read_text("utf-8").splitlines()
    begin = lines.index(next(line for line in lines if line.startswith("exten => alone,1,")))
    found = []
    for line in lines[begin + 1 :]:
        if line.startswith("exten =>"):
            break
        if step := _STEP.match(line):
            found.append(Step(step["label"] or "", step["step"].replace("\\;", ";")))
    first = next(at for at, step in enumerate(found) if "?emergency" in step.text)
    return found[first + 1 :]


STEPS = steps()
ENDS = frozenset({"withheld", "overseas", "warn", "payphone"})


def alone(caller_id: CallerID) -> str:
    """What the dialplan alone takes the caller for: one of ``ENDS``."""
    number = "".join(re.findall("[+0-9]", caller_id.number))
    variables = {
        "CALLGUARD_FROM": f":{caller_id.from_header[:512]}".lower(),
        "CALLGUARD_WISH": f":{caller_id.privacy[:128]}".lower(),
        "CALLGUARD_PRES": caller_id.presentation,
        "CALLGUARD_NUMBER": number,
    }
    at = 0
    while True:
        label = _jump(STEPS[at].text, variables)
        if label in ENDS:
            return label
        at = at + 1 if not label else [step.label for step in STEPS].index(label)


def _jump(step: str, variables: dict[str, str]) -> str:
    """Return where a step leads to; nothing: to the next."""
    if step.startswith("Goto("):
        return step.removeprefix("Goto(").removesuffix(")")
    if matches := _MATCHES.fullmatch(step):
        true = re.search(matches["pattern"], variables[matches["name"]]) is not None
        to = matches["to"]
    elif longer := _LONGER.fullmatch(step):
        true = len(variables[longer["name"]]) > int(longer["most"])
        to = longer["to"]
    elif differs := _DIFFERS.fullmatch(step):
        shown = variables[differs["name"]][: int(differs["length"] or 4096)]
        true = (shown == differs["text"]) is (differs["how"] == "=")
        to = differs["to"]
    else:
        assert step.startswith(("Set(", "MSet(")), f"this test cannot read: {step}"
        return ""
    then, _, otherwise = to.partition(":")
    return then if true else otherwise


NUMBERS = (
    *("0422990000", "+81422990000", "0332000000", "03-3200-0000", "09012345678", "06012345678"),
    *("05012345678", "0120123456", "08001234567", "0570123456", "0990123456", "02012345678"),
    *("02001234567890", "02041234567", "06001234567", "110", "118", "119", "+810422990000"),
    *("+12025550123", "010442071234567", "0033010442071234567", "001010442071234567"),
    *("00442071234567", "12025550123", "442071234567", "+2952570110", "2952570110", "+80012345678"),
    *("81422990000", "1840422990000", "1860422990000", "104", "#9110", "0312345678", "5", "0"),
    *("05001234567", "+0312345678", "+", "police", "", "unknown", "anonymous", "Anonymous"),
    *("unavailable", "restricted", "private", "$%7bSHELL(id)%7d", "2" * 300),
)
HIDDEN = "sip:anonymous@anonymous.invalid"
DISPLAYS = (
    *("", "Anonymous", "Unavailable", "Coin line/payphone", "coin line/PAYPHONE"),
    *(r"Coin line\/payphone", "Interaction with other service", "Anonymous Foods"),
)
FORGED = (
    *("Tokyo <police>", HIDDEN, f"Coin line/payphone <{HIDDEN}>", f"<{HIDDEN}>{'x' * 600}"),
    f"Coin line/payphone <{HIDDEN}>{'x' * 600}",
)
"""Display names that look like the rest of the header, or have it cut off."""
PRESENTATIONS = (
    *("allowed", "allowed_not_screened", "allowed_passed_screen", "prohib_not_screened", "prohib"),
    *("unavailable",),
)
PRIVACIES = ("", "none", "id", "user;id", "header", "ID", "critical", "session", "none;critical")


@st.composite
def caller_ids(draw: st.DrawFn, displays: tuple[str, ...] = DISPLAYS) -> CallerID:
    """A caller ID as Asterisk hands it over; without full-width digits, which no network sends."""
    number = draw(st.sampled_from(NUMBERS) | st.text("+0123456789", max_size=20))
    uri = draw(st.sampled_from((HIDDEN, f"sip:{number}@trunk.invalid")))
    display = draw(st.sampled_from(displays))
    return CallerID(
        number=number,
        presentation=draw(st.sampled_from(PRESENTATIONS)),
        from_header=(f'"{display}" <{uri}>;tag=1' if display else f"<{uri}>;tag=1")[:512],
        privacy=draw(st.sampled_from(PRIVACIES)),
    )


@given(caller_id=caller_ids())
def test_whoever_rings_by_the_screener_rings_by_the_dialplan_alone(caller_id: CallerID) -> None:
    caller = classify(caller_id)
    verdict = screen(Call(caller), HOME, NOTHING_LISTED, NOW)
    if verdict.action is not Action.REJECT:
        assert alone(caller_id) in {"warn", "payphone"}, caller


@given(caller_id=caller_ids())
def test_who_withholds_or_calls_from_abroad_is_refused_by_the_dialplan_alone(
    caller_id: CallerID,
) -> None:
    found = alone(caller_id)
    origin = classify(caller_id).origin
    if origin in {Origin.WITHHELD, Origin.UNAVAILABLE}:
        assert found == "withheld"
    elif origin is Origin.OVERSEAS:
        assert found == "overseas"
    elif origin is Origin.PAYPHONE:
        assert found == "payphone"


@given(caller_id=caller_ids(FORGED))
def test_no_display_name_has_the_dialplan_alone_let_a_caller_from_abroad_ring(
    caller_id: CallerID,
) -> None:
    if classify(caller_id).origin in {Origin.OVERSEAS, Origin.WITHHELD, Origin.UNAVAILABLE}:
        assert alone(caller_id) in {"overseas", "withheld"}


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number[:20] or "none")
def test_a_number_that_cannot_exist_is_warned_about_or_refused(number: str) -> None:
    """Whether a number can exist only the plan tells; that much coarser the dialplan is."""
    caller_id = CallerID(number, "allowed_not_screened", f"<sip:{number}@trunk.invalid>;tag=1")
    origin = classify(caller_id).origin
    expected = {
        Origin.DOMESTIC: {"warn"},
        Origin.OVERSEAS: {"overseas"},
        Origin.WITHHELD: {"withheld"},
        Origin.UNAVAILABLE: {"withheld"},
        Origin.MALFORMED: {"warn", "overseas", "withheld"},
    }
    assert alone(caller_id) in expected[origin]
