"""``docs/screening.md`` says what the code does, row by row."""

import re
from pathlib import Path

from callguard.asterisk.answer import answer
from callguard.cli.policy import shown
from callguard.households.document import settings_to_json
from callguard.screening import RULES, Action, Policy, Reason, Rule, Verdict

from .samples import DOCTOR

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "screening.md").read_text(encoding="utf-8")
NAMES = re.compile("`([a-z_]+)`")
CONNECTED = {
    Reason.NO_CONSENT,
    Reason.EMERGENCY_CALLBACK,
    Reason.PROTECTED_NUMBER,
    Reason.HOUSEHOLD_ALLOW,
}
"""The reasons for which no call is ever refused."""


def rows(table: str) -> list[str]:
    """The rows of the table between the marks, without its head."""
    found = re.search(f"<!-- {table} -->\n\n(.*?)\n\n<!-- /{table} -->", PAGE, re.DOTALL)
    assert found is not None
    return found.group(1).splitlines()[2:]


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]


def setting_names(rule: Rule) -> list[str]:
    """The policy settings that a rule speaks of."""
    return NAMES.findall(f"{rule.when} {rule.then}")


def test_the_table_of_rules_is_the_code() -> None:
    documented = rows("rules")
    assert len(documented) == len(RULES)
    for order, (row, rule) in enumerate(zip(documented, RULES, strict=True), 1):
        settings = ", ".join(f"`{name}`" for name in setting_names(rule)) or "–"
        assert cells(row) == [str(order), f"`{rule.reason}`", rule.when, rule.then, settings]


def test_the_rules_speak_of_settings_that_exist() -> None:
    spoken_of = {name for rule in RULES for name in setting_names(rule)}
    assert spoken_of == set(settings_to_json(Policy())) - {
        "whisper",
        *("record", "messages", "message_seconds", "recording_days"),
        "cut_listed_calls",
        *("challenge", "ask_order", "ask_seconds", "ask_unanswered"),
        *("family_key", "long_call_minutes"),
        *("dial_listed", "dial_overseas", "dial_premium"),
    }


def test_the_defaults_that_the_rules_speak_of_are_the_policys() -> None:
    for rule in RULES:
        for name, default in re.findall(r"`([a-z_]+)` \((\w+)\)", f"{rule.when} {rule.then}"):
            assert str(getattr(Policy(), name)) == default


def test_every_rule_says_why_it_stands_where_it_stands() -> None:
    reasons = PAGE.partition("## Why each rule")[2].partition("\n## ")[0]
    explained = re.findall(r"\*\*([a-z-]+)\*\*", reasons)
    assert explained == [rule.reason.value for rule in RULES]


def test_every_reason_is_told_of() -> None:
    spoken_of = set(re.findall("`([a-z-]+)`", PAGE))
    assert {reason.value for reason in Reason} <= spoken_of


def test_the_table_of_the_default_policy_is_the_code() -> None:
    documented = [cells(row)[:2] for row in rows("policy")]
    defaults = settings_to_json(Policy())
    assert documented == [[f"`{name}`", f"`{shown(value)}`"] for name, value in defaults.items()]


def test_what_a_refused_caller_hears_is_the_code() -> None:
    documented = {row[0]: row[1:3] for row in map(cells, rows("heard"))}
    expected = {}
    for rule in RULES:
        if rule.reason not in CONNECTED:
            refused = answer(Verdict(Action.REJECT, rule.reason, DOCTOR), Policy())
            expected[f"`{rule.reason}`"] = [
                f"`{refused['CALLGUARD_PROMPT']}`",
                refused["CALLGUARD_SIP_CODE"],
            ]
    assert documented == expected


def test_what_a_warned_caller_hears_is_the_code() -> None:
    for record, prompt in ((False, "`warning`"), (True, "`warning-recorded`")):
        warned = Verdict(Action.WARN, Reason.UNLISTED, DOCTOR)
        assert (
            f"`{answer(warned, Policy(recorded=True, record=record))['CALLGUARD_PROMPT']}`"
            == prompt
        )
        assert prompt in PAGE
