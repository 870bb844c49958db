"""A policy read as far as a call needs is the policy that was written."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given

from callguard.households.document import decode, encode
from callguard.households.written import WrittenEntries, read_written
from callguard.screening import Action, Entry, Policy

from .test_document import policies

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
DAUGHTER, DOCTOR, STRANGER = 81422990001, 81422990002, 81422990003


def written(
    allow: Mapping[int, Entry] | None = None, block: Mapping[int, Entry] | None = None
) -> Policy:
    policy = Policy(consent=True, allow=allow or {}, block=block or {})
    return read_written(encode(policy).encode())


@given(policy=policies)
def test_a_policy_is_read_as_it_was_written(policy: Policy) -> None:
    read = read_written(encode(policy).encode())
    assert read == policy
    for number in {*policy.allow, *policy.block, DOCTOR}:
        assert read.allow.get(number) == policy.allow.get(number)
        assert read.block.get(number) == policy.block.get(number)


def test_a_number_is_found_on_its_own_list_only() -> None:
    policy = written(allow={DAUGHTER: Entry(NOW, "daughter")}, block={DOCTOR: Entry(NOW)})
    assert policy.allow[DAUGHTER] == Entry(NOW, "daughter")
    assert policy.block.get(DAUGHTER) is None
    assert policy.block.get(DOCTOR) == Entry(NOW)
    assert DOCTOR not in policy.allow
    with pytest.raises(KeyError):
        policy.allow[DOCTOR]


def test_a_part_of_a_number_is_not_the_number() -> None:
    policy = written(allow={DAUGHTER: Entry(NOW)})
    assert policy.allow.get(int(str(DAUGHTER)[1:])) is None
    assert policy.allow.get(int(str(DAUGHTER)[:-1])) is None


@pytest.mark.parametrize(
    "name",
    [
        f'"{STRANGER}": ["", "2026-11-24T03:00:00+00:00", null]',
        f'", null], "{STRANGER}": ["',
        '}, "block": {',
        ', "allow": {',
        '}, "expected": {',
        "\\",
        '\\"',
        "娘",
        "]",
        '], "',
    ],
)
def test_what_a_family_writes_into_a_name_lets_nobody_through(name: str) -> None:
    allow = {DAUGHTER: Entry(NOW, name), DOCTOR: Entry(NOW, "doctor")}
    policy = written(allow=allow)
    assert policy.allow == allow
    assert policy.allow.get(STRANGER) is None
    assert policy.allow.get(DAUGHTER) == Entry(NOW, name)
    assert policy.block == {}
    assert policy.expected == {}


def test_households_that_chose_alike_share_what_they_chose() -> None:
    first, second = written(), written()
    assert first is second


@pytest.mark.parametrize("indent", [None, 1])
def test_a_document_of_another_form_is_read_whole(indent: int | None) -> None:
    policy = Policy(
        consent=True, overseas=Action.WARN, allow={DAUGHTER: Entry(NOW, "娘")}, block={}
    )
    other = json.dumps(
        json.loads(encode(policy)), indent=indent, separators=(",", ":"), sort_keys=True
    )
    assert read_written(other.encode()) == policy
    assert not isinstance(read_written(other.encode()).allow, WrittenEntries)


def test_a_document_of_a_later_version_is_read_too() -> None:
    policy = Policy(consent=True, allow={DAUGHTER: Entry(NOW)})
    later = encode(policy)[:-1] + ', "robots": {"1": ["x"]}}'
    assert read_written(later.encode()) == decode(later) == policy


def test_damage_within_a_list_shows_when_it_is_asked_for() -> None:
    document = encode(Policy(consent=True, allow={DAUGHTER: Entry(NOW)})).replace("2026-", "26-")
    policy = read_written(document.encode())
    assert policy.allow.get(DOCTOR) is None
    with pytest.raises(ValueError, match="isoformat"):
        policy.allow.get(DAUGHTER)


def test_nobody_has_consented_by_a_document_that_does_not_say_so() -> None:
    assert not read_written(
        encode(Policy(consent=False, allow={DAUGHTER: Entry(NOW)})).encode()
    ).consent
