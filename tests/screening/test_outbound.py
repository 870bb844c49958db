"""Calls on their way out: a suspended line reaches nobody but help."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.numbers.dialled import read_dialled
from callguard.screening import Action, Listing, Reason
from callguard.screening.outbound import screen_outbound

from .samples import DISCLOSED, DOCTOR, NOW, WITHHELD, Listed, number_of


@dataclass(frozen=True)
class Suspended:
    """Suspended lines, and protected ones."""

    lines: Mapping[int, Listed] = field(default_factory=dict)
    protected: frozenset[int] = frozenset()

    def suspended(self, number: int, now: datetime) -> Listing | None:
        return self.lines.get(number)

    def protects(self, number: int) -> bool:
        return number in self.protected


LINE = number_of(DOCTOR)
ONE = Suspended({LINE: Listed(), 81422990003: Listed()})


def test_a_suspended_line_calls_nobody() -> None:
    for number in ("0422990002", "0120990000", "09012345678", "010112345678", "188", "#9110"):
        verdict = screen_outbound(DOCTOR, read_dialled(number), ONE, NOW)
        assert (verdict.action, verdict.reason) == (Action.REJECT, Reason.SUSPENDED)
        assert verdict.evidence == Listed().to_json()


@pytest.mark.parametrize("number", ["110", "118", "119", "184110", "186119"])
def test_help_is_called_from_every_line(number: str) -> None:
    verdict = screen_outbound(DOCTOR, read_dialled(number), ONE, NOW)
    assert (verdict.action, verdict.reason) == (Action.CONNECT, Reason.OUTBOUND)


def test_a_line_that_withholds_its_number_is_known_to_its_own_exchange() -> None:
    verdict = screen_outbound(DISCLOSED, read_dialled("0422990002"), ONE, NOW)
    assert verdict.reason is Reason.SUSPENDED
    assert "number" not in verdict.to_json()["caller"]
    unknown = screen_outbound(WITHHELD, read_dialled("0422990002"), ONE, NOW)
    assert unknown.action is Action.CONNECT


def test_a_protected_line_is_never_suspended() -> None:
    protected = Suspended({LINE: Listed()}, frozenset({LINE}))
    verdict = screen_outbound(DOCTOR, read_dialled("0422990002"), protected, NOW)
    assert verdict.action is Action.CONNECT


@given(dialled=st.text(max_size=30))
def test_whatever_is_dialled_an_unsuspended_line_calls_it(dialled: str) -> None:
    verdict = screen_outbound(DOCTOR, read_dialled(dialled), Suspended(), NOW)
    assert (verdict.action, verdict.reason) == (Action.CONNECT, Reason.OUTBOUND)
