"""Signed batches: what a source says is believed if it said it, and is nothing else."""

import hmac
import json
from dataclasses import replace
from datetime import UTC, timedelta, timezone
from typing import Any

import pytest
from callguard.blocklist.batch import GENESIS, Add, Batch, Remove
from callguard.blocklist.signing import MAX_BYTES, digest, sign, verify
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import OKPKey

from callguard.blocklist.errors import BatchError
from callguard.blocklist.listing import Category, Terms

from .police import NOW, Source, add, encoded, remove, span

TOKYO = Source()
OSAKA = Source("osaka")
PAYLOAD = json.dumps(
    {
        "format": 1,
        "source": "tokyo",
        "sequence": 1,
        "previous": GENESIS,
        "issued": NOW.isoformat(),
        "operations": [],
    }
).encode()


def assert_refused(token: bytes, why: str) -> None:
    with pytest.raises(BatchError, match=why) as refused:
        verify(token, "tokyo", TOKYO.keys)
    message = str(refused.value)
    assert message.startswith("source tokyo: ")
    assert "\n" not in message
    assert len(message) < 300


def test_what_a_source_meant_arrives() -> None:
    batch = Batch(
        source="tokyo",
        sequence=12,
        previous="ab" * 32,
        issued_at=NOW,
        operations=(
            add(1, span(10, 19), until=NOW + timedelta(days=180), evidence="A-17 偽警察"),
            add(2, category=Category.ROBOCALL, simulated=True),
            remove(3, span(10, 12)),
        ),
    )
    token = sign(batch, TOKYO.key)
    assert verify(token, "tokyo", TOKYO.keys) == replace(batch, digest=digest(token))


def test_each_form_has_a_name_of_its_own() -> None:
    first, second = (TOKYO.signs_content(sequence=n) for n in (1, 2))
    assert verify(first, "tokyo", TOKYO.keys).digest == digest(first) != digest(second)


def test_the_listing_dates_from_the_batch() -> None:
    token = TOKYO.signs(add(1, listed_at=NOW - timedelta(days=300)))
    (operation,) = verify(token, "tokyo", TOKYO.keys).operations
    assert isinstance(operation, Add)
    assert operation.terms.listed_at == NOW


def test_a_moment_in_another_time_zone_is_the_same_moment() -> None:
    token = TOKYO.signs(at=NOW.astimezone(timezone(timedelta(hours=9))))
    assert verify(token, "tokyo", TOKYO.keys).issued_at == NOW


def test_a_source_may_have_several_keys() -> None:
    old, new = Source(kid="2025"), Source(kid="2026")
    keys = {**old.keys, **new.keys}
    for source in (old, new):
        assert verify(source.signs(add(1)), "tokyo", keys).sequence == 1


def test_a_batch_of_a_hundred_thousand_numbers_is_read() -> None:
    numbers = tuple(range(n, n + 1) for n in range(815_000_000_000, 815_000_200_000, 2))
    token = TOKYO.signs(Add(numbers, Terms(Category.OTHER, NOW)))
    assert len(token) > 2_000_000
    (operation,) = verify(token, "tokyo", TOKYO.keys).operations
    assert operation.numbers == numbers


class TestSignature:
    def test_of_another_source(self) -> None:
        assert_refused(OSAKA.signs(add(1)), "the signature does not hold")

    def test_with_a_key_that_is_not_its_own(self) -> None:
        token = Source(kid="stolen").signs(add(1))
        assert_refused(token, "signed with key 'stolen', which is not its own")

    def test_with_a_key_that_the_token_brings_along(self) -> None:
        evil = Source(kid="evil")
        token = evil.signs_bytes(PAYLOAD, jwk=evil.key.as_dict(private=False))
        assert_refused(token, "signed with key 'evil'")
        token = evil.signs_bytes(PAYLOAD, jwk=evil.key.as_dict(private=False), kid="2026-11")
        assert_refused(token, "the signature does not hold")

    def test_without_a_key_name(self) -> None:
        header = encoded(b'{"alg":"Ed25519"}')
        assert_refused(header + b"." + encoded(PAYLOAD) + b"." + encoded(b"x" * 64), "'None'")

    @pytest.mark.parametrize("signature", [b"", b"x" * 64])
    @pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
    def test_by_the_algorithm_none(self, algorithm: str, signature: bytes) -> None:
        header = json.dumps({"alg": algorithm, "kid": "2026-11"}).encode()
        token = b".".join(map(encoded, (header, PAYLOAD, signature)))
        assert_refused(token, "the signature does not hold")

    @pytest.mark.parametrize("as_key", ["x", "jwk", "pem", "empty"])
    @pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
    def test_by_a_secret_that_is_the_public_key(self, algorithm: str, as_key: str) -> None:
        (public,) = TOKYO.keys.values()
        secret = {
            "x": public.public_key.public_bytes_raw(),
            "jwk": json.dumps(public.as_dict(private=False)).encode(),
            "pem": public.as_pem(private=False),
            "empty": b"",
        }[as_key]
        header = json.dumps({"alg": algorithm, "kid": "2026-11"}).encode()
        signed = encoded(header) + b"." + encoded(PAYLOAD)
        mac = hmac.digest(secret, signed, algorithm.replace("HS", "sha"))
        assert_refused(signed + b"." + encoded(mac), "not allowed")

    @pytest.mark.parametrize("algorithm", ["EdDSA", "Ed448", "ES256", "RS256", "PS256"])
    def test_by_any_other_algorithm(self, algorithm: str) -> None:
        header, payload, signature = TOKYO.signs_content().split(b".")
        header = encoded(json.dumps({"alg": algorithm, "kid": "2026-11"}).encode())
        assert_refused(b".".join((header, payload, signature)), "the signature does not hold")

    def test_over_another_payload(self) -> None:
        header, _, signature = TOKYO.signs_content().split(b".")
        other = encoded(json.dumps({"format": 1}).encode())
        assert_refused(b".".join((header, other, signature)), "the signature does not hold")

    def test_over_another_header(self) -> None:
        _, payload, signature = TOKYO.signs_content().split(b".")
        other = encoded(b'{"alg":"Ed25519","kid":"2026-11","typ":"other"}')
        assert_refused(b".".join((other, payload, signature)), "the signature does not hold")

    def test_of_another_batch(self) -> None:
        first, second = (TOKYO.signs_content(sequence=n).split(b".") for n in (1, 2))
        assert_refused(b".".join((*first[:2], second[2])), "the signature does not hold")

    @pytest.mark.parametrize(
        "header",
        [
            b"",
            b"null",
            b"5",
            b"[]",
            b'"alg"',
            b'["alg"]',
            b"\xff",
            b"[" * 300,
            b'{"alg":["Ed25519"],"kid":"2026-11"}',
            b'{"alg":NaN,"kid":"2026-11"}',
            b'{"alg":"Ed25519","kid":["2026-11"]}',
            b'{"alg":"Ed25519","kid":{}}',
            b'{"alg":"Ed25519","kid":"2026-11","crit":5}',
            b'{"alg":"Ed25519","kid":"2026-11","crit":[{}]}',
            b'{"alg":"Ed25519","kid":"2026-11","crit":["b64"],"b64":false}',
            b'{"alg":"Ed25519","kid":"2026-11","jwk":5}',
            b'{"alg":"Ed25519","kid":"2026-11","x5c":5}',
            b'{"alg":"Ed25519","kid":"2026-11","a\\nb":1}',
            b'{"alg":"Ed25519","kid":"' + b"k" * 1000 + b'"}',
        ],
        ids=lambda header: repr(header[:60]),
    )
    def test_under_a_header_that_is_none(self, header: bytes) -> None:
        token = b".".join(map(encoded, (header, PAYLOAD, b"x" * 64)))
        assert_refused(token, "the signature does not hold")

    @pytest.mark.parametrize(
        "token",
        [b"", b".", b"..", b"...", b"a.b.c.d", b"\xff.\xff.\xff", b"{}", b"x" * 200_000],
        ids=lambda token: repr(token[:10]),
    )
    def test_of_what_is_no_token(self, token: bytes) -> None:
        assert_refused(token, "the signature does not hold")

    def test_of_more_than_the_limit_is_not_even_looked_at(self) -> None:
        assert_refused(b"x" * (MAX_BYTES + 1), f"a batch of {MAX_BYTES + 1} bytes; at most")


class TestContent:
    @pytest.mark.parametrize(
        "payload",
        [
            b"",
            b"not JSON",
            b"\xff\xfe",
            b"null",
            b"5",
            b'"tokyo"',
            b"[]",
            b"{}",
            b"[" * 50_000,
            b'{"format":' + b"9" * 10_000 + b"}",
            b"{" + b" " * 1000,
        ],
        ids=lambda payload: repr(payload[:20]),
    )
    def test_that_is_no_batch(self, payload: bytes) -> None:
        assert_refused(TOKYO.signs_bytes(payload), "signed, but not a batch")

    @pytest.mark.parametrize(
        "name", ["format", "source", "sequence", "previous", "issued", "operations"]
    )
    def test_without_a_member(self, name: str) -> None:
        assert_refused(TOKYO.signs_content(**{name: None}), f"not a batch: no {name}")

    @pytest.mark.parametrize("source", ["osaka", "Tokyo", "tokyo ", "", 5, ["tokyo"], "x" * 1000])
    def test_of_another_source(self, source: Any) -> None:
        assert_refused(TOKYO.signs_content(source=source), "a batch of .* in its stream")

    @pytest.mark.parametrize("form", [2, 0, "1", [1]])
    def test_of_a_later_format(self, form: Any) -> None:
        assert_refused(TOKYO.signs_content(format=form), "this version reads 1")

    @pytest.mark.parametrize("sequence", [0, -1, True, 1.0, "1", 2**63, [1]])
    def test_with_a_number_that_counts_nothing(self, sequence: Any) -> None:
        assert_refused(TOKYO.signs_content(sequence=sequence), "sequence ")

    @pytest.mark.parametrize(
        "moment",
        [
            "2026-11-24T03:00:00",
            "yesterday",
            "",
            1795489200,
            "0001-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59-23:59",
        ],
    )
    @pytest.mark.parametrize("where", ["issued", "until"])
    def test_with_a_moment_that_is_none(self, moment: Any, where: str) -> None:
        until = {"add": [], "category": "other", "until": moment}
        changes = {"issued": moment} if where == "issued" else {"operations": [until]}
        assert_refused(TOKYO.signs_content(**changes), "signed, but not a batch")

    @pytest.mark.parametrize(
        "operations",
        [
            5,
            "remove",
            {"add": ["+81422990001"]},
            [5],
            [[]],
            ["remove"],
            [{}],
            [{"remove": 5}],
            [{"remove": [5]}],
            [{"remove": "+81422990001"}],
            [{"add": ["+81422990001"]}],
            [{"add": ["+81422990001"], "category": "weather"}],
            [{"add": ["+81422990001"], "category": ["other"]}],
            [{"add": [["+81422990001"]], "category": "other"}],
            [{"add": ["+81422990001"], "category": "other", "reference": "x" * 201}],
        ],
        ids=lambda operations: json.dumps(operations)[:50],
    )
    def test_with_operations_that_are_none(self, operations: Any) -> None:
        assert_refused(TOKYO.signs_content(operations=operations), "signed, but not a batch")

    @pytest.mark.parametrize(
        "text",
        [
            "81422990001",
            "0422990001",
            "+",
            "",
            "+81-422-99-0001",
            "+８１４２２９９０００１",
            "+" + "1" * 16,
            "+81422990001..",
            "..+81422990001",
            "+81422990001..81422990002",
            "+81422990002..+81422990001",
            "+81422990000..+81423000000",
            "+1..+2..+3",
            "+" + "9" * 5000,
        ],
        ids=lambda text: text[:30],
    )
    @pytest.mark.parametrize("operation", ["add", "remove"])
    def test_with_numbers_that_are_none(self, text: str, operation: str) -> None:
        entry = {operation: [text], "category": "other"}
        assert_refused(TOKYO.signs_content(operations=[entry]), "signed, but not a batch")

    @pytest.mark.parametrize(
        ("text", "numbers"),
        [
            ("+81422990001", span(1)),
            ("+81422990001..+81422990001", span(1)),
            ("+81422990000..+81422999999", span(0, 9999)),
            ("+" + "9" * 15, range(10**15 - 1, 10**15)),
        ],
    )
    def test_with_numbers_at_the_limits(self, text: str, numbers: range) -> None:
        token = TOKYO.signs_content(operations=[{"remove": [text]}])
        assert verify(token, "tokyo", TOKYO.keys).operations == (Remove((numbers,)),)

    def test_with_a_reference_at_the_limit(self) -> None:
        token = TOKYO.signs(add(1, evidence="証" * 200))
        (operation,) = verify(token, "tokyo", TOKYO.keys).operations
        assert isinstance(operation, Add)
        assert operation.terms.evidence == "証" * 200

    @pytest.mark.parametrize("simulated", ["yes", 1, "true", None])
    def test_is_on_trial_only_if_it_says_so(self, simulated: Any) -> None:
        entry = {"add": ["+81422990001"], "category": "other", "simulated": simulated}
        (operation,) = verify(
            TOKYO.signs_content(operations=[entry]), "tokyo", TOKYO.keys
        ).operations
        assert isinstance(operation, Add)
        assert not operation.terms.simulated

    def test_may_be_empty(self) -> None:
        assert verify(TOKYO.signs_content(operations=[]), "tokyo", TOKYO.keys).operations == ()


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_any_bytes_are_refused(token: bytes) -> None:
    with pytest.raises(BatchError):
        verify(token, "tokyo", TOKYO.keys)


SIGNED = TOKYO.signs_content()


@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_a_batch_with_any_byte_changed_is_refused(place: int, change: int) -> None:
    token = bytearray(SIGNED)
    token[place] ^= change
    with pytest.raises(BatchError):
        verify(bytes(token), "tokyo", TOKYO.keys)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
NAMES = st.sampled_from(["format", "source", "sequence", "previous", "issued", "operations"])
ENTRY = st.dictionaries(
    st.sampled_from(["add", "remove", "category", "until", "reference", "simulated"]), JSON
)


@given(st.dictionaries(NAMES, JSON | st.lists(ENTRY, max_size=2), max_size=3))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_any_signed_json_is_a_batch_or_refused(changes: dict[str, Any]) -> None:
    try:
        batch = verify(TOKYO.signs_content(**changes), "tokyo", TOKYO.keys)
    except BatchError:
        return
    assert batch.source == "tokyo"


TERMS = st.builds(
    Terms,
    st.sampled_from(Category),
    st.just(NOW),
    st.none() | st.datetimes(timezones=st.just(UTC)),
    st.text(max_size=20),
    st.booleans(),
)
SPAN = st.builds(
    lambda first, size: range(first, first + size), st.integers(0, 10**14), st.integers(1, 10_000)
)
SPANS = st.lists(SPAN, max_size=3).map(tuple)


@given(st.lists(st.builds(Add, SPANS, TERMS) | st.builds(Remove, SPANS), max_size=4))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_any_operations_arrive_as_they_were_meant(operations: list[Add | Remove]) -> None:
    batch = Batch("tokyo", 1, GENESIS, NOW, tuple(operations))
    assert verify(sign(batch, TOKYO.key), "tokyo", TOKYO.keys).operations == batch.operations


def test_a_node_that_trusts_nobody_refuses_everybody() -> None:
    keys: dict[str, OKPKey] = {}
    with pytest.raises(BatchError, match="which is not its own"):
        verify(TOKYO.signs(add(1)), "tokyo", keys)
