"""What becomes of the calls that the subscriber makes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard import prompts
from callguard.numbers.dialled import read_dialled
from callguard.screening import Policy
from callguard.screening.dialling import DialVerdict, Ground, dial_prompt, judge_dialled
from callguard.screening.policy import Dialling

from .samples import DAY, NOTHING_LISTED, NOW, Listed, PoliceList, entries, listed
from .samples import DOCTOR as CALLED

HOME = Policy(consent=True)
NUMBER = f"+{CALLED.number}"
ABROAD = "01012025550123"
PREMIUM = "0990123456"


def judged(
    digits: str, policy: Policy = HOME, blocklist: PoliceList = NOTHING_LISTED
) -> DialVerdict:
    return judge_dialled(read_dialled(digits), policy, blocklist, NOW)


@pytest.mark.parametrize("digits", ["110", "118", "119", "184119", "188", "#9110", "171"])
def test_help_is_never_asked_about(digits: str) -> None:
    strict = replace(
        HOME,
        dial_listed=Dialling.REFUSE,
        dial_overseas=Dialling.REFUSE,
        dial_premium=Dialling.REFUSE,
    )
    assert judged(digits, strict) == DialVerdict(Dialling.GO)


def test_an_ordinary_number_goes_out() -> None:
    assert judged(NUMBER) == DialVerdict(Dialling.GO)


def test_a_listed_number_is_refused() -> None:
    found = judged(NUMBER, blocklist=listed(CALLED))
    assert (found.dialling, found.ground) == (Dialling.REFUSE, Ground.LISTED)
    assert found.listing is not None


@pytest.mark.parametrize("dialling", Dialling)
def test_a_listed_number_is_told_of_whatever_is_done(dialling: Dialling) -> None:
    found = judged(NUMBER, replace(HOME, dial_listed=dialling), listed(CALLED))
    assert (found.dialling, found.ground) == (dialling, Ground.LISTED)


def test_a_number_that_the_family_has_confirmed_since_goes_out() -> None:
    since = replace(HOME, allow=entries(CALLED, at=NOW - DAY / 2))
    before = replace(HOME, allow=entries(CALLED, at=NOW - 2 * DAY))
    assert judged(NUMBER, since, listed(CALLED)) == DialVerdict(Dialling.GO)
    assert judged(NUMBER, before, listed(CALLED)).ground is Ground.LISTED


def test_a_protected_number_goes_out_though_somebody_has_listed_it() -> None:
    assert CALLED.number is not None
    blocklist = PoliceList({CALLED.number: Listed(NOW - DAY)}, frozenset({CALLED.number}))
    assert judged(NUMBER, blocklist=blocklist) == DialVerdict(Dialling.GO)


@pytest.mark.parametrize(
    ("digits", "ground"),
    [
        (ABROAD, Ground.OVERSEAS),
        ("+12025550123", Ground.OVERSEAS),
        ("1840101202555" + "0123", Ground.OVERSEAS),
        (PREMIUM, Ground.PREMIUM),
        ("0570999999", Ground.PREMIUM),
    ],
)
def test_what_is_costly_is_asked_about(digits: str, ground: Ground) -> None:
    assert judged(digits) == DialVerdict(Dialling.CONFIRM, ground)


def test_a_household_may_let_costly_calls_go() -> None:
    free = replace(HOME, dial_overseas=Dialling.GO, dial_premium=Dialling.GO)
    assert judged(ABROAD, free) == judged(PREMIUM, free) == DialVerdict(Dialling.GO)


def test_an_allowed_number_abroad_goes_out() -> None:
    number = read_dialled(ABROAD).number
    assert number is not None
    entry = next(iter(entries(CALLED).values()))
    assert judged(ABROAD, replace(HOME, allow={number: entry})) == DialVerdict(Dialling.GO)


def test_without_consent_nothing_is_asked() -> None:
    assert judged(NUMBER, Policy(), listed(CALLED)) == DialVerdict(Dialling.GO)
    assert judged(ABROAD, Policy()) == DialVerdict(Dialling.GO)


@given(st.text("0123456789*#+", max_size=20))
def test_whatever_is_dialled_has_a_verdict(digits: str) -> None:
    found = judged(digits, blocklist=listed(CALLED))
    assert (found.ground is None) == (found == DialVerdict(Dialling.GO))


@pytest.mark.parametrize("ground", Ground)
def test_every_announcement_is_one_that_she_hears(ground: Ground) -> None:
    assert dial_prompt(ground, Dialling.GO) is None
    for dialling in (Dialling.CONFIRM, Dialling.REFUSE):
        assert prompts.load()[dial_prompt(ground, dialling) or ""].to == "subscriber"
