"""The SIP answer to a refused call."""

import pytest

from callguard.proxy.sip_answer import SIPAnswers
from callguard.screening import Reason

REDRESS = "https://carrier.example.jp/redress"


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (Reason.WITHHELD, 433),
        (Reason.FRAUD_LIST, 608),
        (Reason.HOUSEHOLD_BLOCK, 607),
        (Reason.OVERSEAS, 603),
        (Reason.QUIET_HOURS, 603),
    ],
)
def test_each_reason_has_its_answer(reason: Reason, code: int) -> None:
    assert SIPAnswers(None, REDRESS).of(reason, "0" * 16)["code"] == code


def test_a_listed_caller_is_told_whom_to_ask_for_redress() -> None:
    answer = SIPAnswers(None, REDRESS).of(Reason.FRAUD_LIST, "00a1b2c3d4e5f607")
    assert answer["phrase"] == "Rejected"
    assert answer["headers"]["Call-Info"] == f"<{REDRESS}>;purpose=jwscard"


def test_without_a_contact_nobody_is_answered_608() -> None:
    answer = SIPAnswers({Reason.OVERSEAS: 608}, "")
    assert answer.of(Reason.FRAUD_LIST, "0" * 16)["code"] == 607
    assert answer.of(Reason.OVERSEAS, "0" * 16)["code"] == 607
    assert "Call-Info" not in answer.of(Reason.FRAUD_LIST, "0" * 16)["headers"]


def test_the_operators_choice_counts() -> None:
    answer = SIPAnswers({Reason.FRAUD_LIST: 603, Reason.WITHHELD: 499}, REDRESS)
    assert answer.of(Reason.FRAUD_LIST, "0" * 16)["code"] == 603
    assert answer.of(Reason.WITHHELD, "0" * 16)["phrase"] == "Refused"


@pytest.mark.parametrize("reason", Reason)
def test_no_answer_tells_the_reason(reason: Reason) -> None:
    answer = SIPAnswers(None, REDRESS).of(reason, "0" * 16)
    assert reason.value not in str(answer["headers"])
