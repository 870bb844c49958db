"""Signed statements: what a source says is believed if it said it, and is nothing else."""

import hmac
import json
from base64 import urlsafe_b64decode
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callguard.blocklist.errors import BatchError, TrustError
from callguard.feed.statement import CLOCK_SKEW, MAX_BYTES, Kind, digest, sign, verify
from callguard.feed.trusted_source import SourceTrust

from .police import EMPTY_SET, NOW, YEAR, Source, add, encoded, public, source_key

TOKYO = Source()
OSAKA = Source("osaka")
TRUST = TOKYO.trust()
MOMENT = timedelta(milliseconds=1)
HEADER = {"alg": "Ed25519", "kid": "2026-11", "typ": "callguard-batch+jws"}
SIGNED = TOKYO.signs_content()
PAYLOAD = urlsafe_b64decode(SIGNED.split(b".")[1] + b"==")


def assert_refused(
    token: bytes,
    why: str,
    *,
    trust: SourceTrust = TRUST,
    at: datetime = NOW,
    by: type[Exception] = BatchError,
) -> None:
    with pytest.raises(by, match=why) as refused:
        verify(token, Kind.BATCH, trust, at)
    message = str(refused.value)
    assert message.startswith("source tokyo: ")
    assert "\n" not in message
    assert len(message) < 300


def header(**changes: Any) -> bytes:
    """A header that is right but for *changes*; ``None`` takes a member away."""
    members = {**HEADER, **changes}
    shown = {name: value for name, value in members.items() if value is not None}
    return encoded(json.dumps(shown).encode())


@pytest.mark.parametrize("kind", Kind)
def test_what_a_source_meant_arrives(kind: Kind) -> None:
    token = TOKYO.signs_content(kind, sequence=12)
    statement = verify(token, kind, TRUST, NOW)
    assert (statement.source, statement.sequence) == ("tokyo", 12)
    assert statement.issued_at == NOW
    assert statement.expires_at == NOW + timedelta(hours=1)
    assert statement.set_digest == EMPTY_SET
    assert statement.content["sequence"] == 12


def test_a_statement_is_a_compact_jws_that_others_can_write() -> None:
    content = {
        "format": 1,
        "source": "tokyo",
        "sequence": 1,
        "issued": "2026-11-24T03:00:00.000Z",
        "expires": "2026-11-24T04:00:00.000Z",
        "set": EMPTY_SET,
    }
    token = sign(Kind.HEARTBEAT, content, TOKYO.key)
    first, second, _ = token.split(b".")
    assert json.loads(urlsafe_b64decode(first + b"==")) == {
        **HEADER,
        "typ": "callguard-heartbeat+jws",
    }
    assert json.loads(urlsafe_b64decode(second + b"==")) == content


def test_each_statement_has_a_name_of_its_own() -> None:
    assert digest(b"") == EMPTY_SET
    assert digest(TOKYO.signs_content()) != digest(TOKYO.signs_content(sequence=2))


def test_a_source_may_have_several_keys() -> None:
    old, new = Source(kid="2025"), Source(kid="2026")
    trust = old.trust(keys={"2025": source_key(old.key), "2026": source_key(new.key)})
    for source in (old, new):
        assert verify(source.signs_content(), Kind.BATCH, trust, NOW).sequence == 1


@pytest.mark.parametrize("said", Kind)
@pytest.mark.parametrize("asked", Kind)
def test_no_statement_is_taken_for_one_of_another_kind(said: Kind, asked: Kind) -> None:
    if said is not asked:
        with pytest.raises(
            BatchError, match=f"{said.value!r} where a {asked.name.lower()}".replace("+", r"\+")
        ):
            verify(TOKYO.signs_content(said), asked, TRUST, NOW)


class TestSignature:
    def test_of_another_source(self) -> None:
        assert_refused(OSAKA.signs(add(1)), "the signature of a batch does not hold")

    def test_with_a_key_that_is_not_its_own(self) -> None:
        token = Source(kid="stolen").signs(add(1))
        assert_refused(token, "key 'stolen' is not its own", by=TrustError)

    def test_of_a_source_that_no_root_names(self) -> None:
        assert_refused(SIGNED, "is not its own", trust=TOKYO.trust(keys={}), by=TrustError)

    def test_with_a_key_that_the_token_brings_along(self) -> None:
        evil = Source(kid="evil")
        own = public(evil.key).as_dict(private=False)
        assert_refused(evil.signs_bytes(PAYLOAD, jwk=own), "key 'evil'", by=TrustError)
        token = evil.signs_bytes(PAYLOAD, jwk=own, kid="2026-11")
        assert_refused(token, "the signature of a batch does not hold")

    def test_without_a_key_name(self) -> None:
        token = b".".join((header(kid=None), encoded(PAYLOAD), encoded(b"x" * 64)))
        assert_refused(token, "key 'None' is not its own", by=TrustError)

    @pytest.mark.parametrize("signature", [b"", b"x" * 64])
    @pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
    def test_by_the_algorithm_none(self, algorithm: str, signature: bytes) -> None:
        token = b".".join((header(alg=algorithm), encoded(PAYLOAD), encoded(signature)))
        assert_refused(token, "the signature of a batch does not hold")

    @pytest.mark.parametrize("as_key", ["x", "jwk", "pem", "empty"])
    @pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
    def test_by_a_secret_that_is_the_public_key(self, algorithm: str, as_key: str) -> None:
        known = public(TOKYO.key)
        secret = {
            "x": known.public_key.public_bytes_raw(),
            "jwk": json.dumps(known.as_dict(private=False)).encode(),
            "pem": known.as_pem(private=False),
            "empty": b"",
        }[as_key]
        signed = header(alg=algorithm) + b"." + encoded(PAYLOAD)
        mac = hmac.digest(secret, signed, algorithm.replace("HS", "sha"))
        assert_refused(signed + b"." + encoded(mac), "not allowed")

    @pytest.mark.parametrize("algorithm", ["EdDSA", "Ed448", "ES256", "RS256", "PS256"])
    def test_by_any_other_algorithm(self, algorithm: str) -> None:
        _, payload, signature = SIGNED.split(b".")
        token = b".".join((header(alg=algorithm), payload, signature))
        assert_refused(token, "the signature of a batch does not hold")

    def test_over_another_payload(self) -> None:
        first, _, signature = SIGNED.split(b".")
        other = encoded(json.dumps({"format": 1}).encode())
        assert_refused(b".".join((first, other, signature)), "the signature of a batch does not")

    def test_over_another_header(self) -> None:
        _, payload, signature = TOKYO.signs_content(Kind.HEARTBEAT).split(b".")
        assert_refused(b".".join((header(), payload, signature)), "the signature of a batch does")

    def test_of_another_statement(self) -> None:
        first, second = (TOKYO.signs_content(sequence=n).split(b".") for n in (1, 2))
        assert_refused(b".".join((*first[:2], second[2])), "the signature of a batch does not hold")

    @pytest.mark.parametrize(
        "first",
        [
            b"",
            b"null",
            b"5",
            b"[]",
            b'"alg"',
            b'["alg"]',
            b"\xff",
            b"[" * 300,
            b'{"alg":["Ed25519"],"kid":"2026-11","typ":"callguard-batch+jws"}',
            b'{"alg":NaN,"kid":"2026-11","typ":"callguard-batch+jws"}',
            b'{"alg":"Ed25519","kid":["2026-11"],"typ":"callguard-batch+jws"}',
            b'{"alg":"Ed25519","kid":{},"typ":"callguard-batch+jws"}',
            b'{"alg":"Ed25519","kid":"2026-11","typ":["callguard-batch+jws"]}',
            b'{"alg":"Ed25519","kid":"2026-11","typ":"callguard-batch+jws","crit":5}',
            b'{"alg":"Ed25519","kid":"2026-11","typ":"callguard-batch+jws","crit":[{}]}',
            b'{"alg":"Ed25519","kid":"2026-11","typ":"callguard-batch+jws",'
            b'"crit":["b64"],"b64":false}',
            b'{"alg":"Ed25519","kid":"2026-11","typ":"callguard-batch+jws","jwk":5}',
            b'{"alg":"Ed25519","kid":"2026-11","typ":"callguard-batch+jws","x5c":5}',
            b'{"alg":"Ed25519","kid":"2026-11","typ":"callguard-batch+jws","a\\nb":1}',
            b'{"alg":"Ed25519","typ":"callguard-batch+jws","kid":"' + b"k" * 1000 + b'"}',
        ],
        ids=lambda first: repr(first[-60:]),
    )
    def test_under_a_header_that_is_none(self, first: bytes) -> None:
        token = b".".join(map(encoded, (first, PAYLOAD, b"x" * 64)))
        assert_refused(token, "the signature of a batch does not hold")

    @pytest.mark.parametrize("kind", [None, "", "JWT", "callguard-batch", "CALLGUARD-BATCH+JWS"])
    def test_under_a_header_of_another_kind(self, kind: str | None) -> None:
        token = b".".join((header(typ=kind), encoded(PAYLOAD), encoded(b"x" * 64)))
        assert_refused(token, f"{str(kind)!r} where a batch belongs".replace("+", r"\+"))

    @pytest.mark.parametrize(
        "token",
        [b"", b".", b"..", b"...", b"a.b.c.d", b"\xff.\xff.\xff", b"{}", b"x" * 200_000],
        ids=lambda token: repr(token[:10]),
    )
    def test_of_what_is_no_token(self, token: bytes) -> None:
        assert_refused(token, "the signature of a batch does not hold")

    def test_of_more_than_the_limit_is_not_even_looked_at(self) -> None:
        assert_refused(b"x" * (MAX_BYTES + 1), f"a batch of {MAX_BYTES + 1} bytes; at most")


class TestKey:
    """A key counts if it holds now, and held when the statement was issued."""

    def test_that_holds_no_more(self) -> None:
        trust = TOKYO.trust(keys={"2026-11": source_key(TOKYO.key, until=NOW)})
        assert_refused(SIGNED, "key 2026-11 held until", trust=trust, by=TrustError)

    def test_that_does_not_hold_yet(self) -> None:
        trust = TOKYO.trust(keys={"2026-11": source_key(TOKYO.key, since=NOW + MOMENT)})
        assert_refused(SIGNED, "key 2026-11 holds only from", trust=trust, by=TrustError)

    def test_at_its_first_and_last_moment(self) -> None:
        for since, until in ((NOW, NOW + YEAR), (NOW - YEAR, NOW + MOMENT)):
            trust = TOKYO.trust(keys={"2026-11": source_key(TOKYO.key, since, until)})
            assert verify(SIGNED, Kind.BATCH, trust, NOW).sequence == 1

    def test_that_did_not_hold_when_it_signed(self) -> None:
        trust = TOKYO.trust(
            keys={"2026-11": source_key(TOKYO.key, since=NOW + CLOCK_SKEW + MOMENT)}
        )
        assert_refused(
            SIGNED, "when key 2026-11 did not hold", trust=trust, at=NOW + timedelta(hours=1)
        )

    def test_of_a_source_whose_clock_is_a_little_behind(self) -> None:
        trust = TOKYO.trust(keys={"2026-11": source_key(TOKYO.key, since=NOW + CLOCK_SKEW)})
        assert verify(SIGNED, Kind.BATCH, trust, NOW + CLOCK_SKEW).sequence == 1

    def test_of_a_source_whose_clock_is_ahead_of_its_keys_end(self) -> None:
        trust = TOKYO.trust(keys={"2026-11": source_key(TOKYO.key, until=NOW)})
        assert_refused(SIGNED, "when key 2026-11 did not hold", trust=trust, at=NOW - MOMENT)


class TestClock:
    def test_of_the_source_a_little_ahead(self) -> None:
        assert verify(SIGNED, Kind.BATCH, TRUST, NOW - CLOCK_SKEW).issued_at == NOW

    def test_of_the_source_far_ahead(self) -> None:
        assert_refused(
            SIGNED,
            r"batch 1 is dated 2026-11-24T03:00:00\.000Z, in the future; the clock",
            at=NOW - CLOCK_SKEW - MOMENT,
        )

    def test_of_the_source_behind_says_nothing_against_it(self) -> None:
        assert verify(SIGNED, Kind.BATCH, TRUST, NOW + timedelta(days=100)).issued_at == NOW


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
    def test_that_is_no_statement(self, payload: bytes) -> None:
        assert_refused(TOKYO.signs_bytes(payload), "signed, but not a batch")

    @pytest.mark.parametrize("name", ["format", "source", "sequence", "issued", "expires", "set"])
    def test_without_a_member(self, name: str) -> None:
        assert_refused(TOKYO.signs_content(Kind.BATCH, **{name: None}), f"not a batch: no {name}")

    @pytest.mark.parametrize("source", ["osaka", "Tokyo", "tokyo ", "", 5, ["tokyo"], "x" * 1000])
    def test_of_another_source(self, source: Any) -> None:
        assert_refused(TOKYO.signs_content(source=source), "a batch of .* in its stream")

    @pytest.mark.parametrize("form", [2, 0, "1", [1], "x" * 1000])
    def test_of_another_format(self, form: Any) -> None:
        assert_refused(TOKYO.signs_content(format=form), "format ")

    @pytest.mark.parametrize("sequence", [0, -1, True, 1.0, "1", 2**53, [1]])
    def test_with_a_number_that_counts_nothing(self, sequence: Any) -> None:
        assert_refused(TOKYO.signs_content(sequence=sequence), "sequence ")

    @pytest.mark.parametrize("name", ["issued", "expires"])
    @pytest.mark.parametrize(
        "moment",
        ["2026-11-24T03:00:00Z", "2026-11-24T12:00:00.000+09:00", "yesterday", "", 1795489200, []],
    )
    def test_with_a_moment_that_is_none(self, name: str, moment: Any) -> None:
        assert_refused(TOKYO.signs_content(Kind.BATCH, **{name: moment}), "is not a time such as")

    @pytest.mark.parametrize("moment", ["2026-11-24T03:00:00.000Z", "2026-11-24T02:59:59.999Z"])
    def test_that_expires_before_it_is_issued(self, moment: str) -> None:
        assert_refused(TOKYO.signs_content(expires=moment), "it expires at .*, before it is issued")

    @pytest.mark.parametrize("value", ["", "ab", 5, EMPTY_SET.upper(), EMPTY_SET[1:] + "g"])
    def test_with_a_digest_that_is_none(self, value: Any) -> None:
        assert_refused(TOKYO.signs_content(set=value), "is not a digest")


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(token: bytes) -> None:
    with pytest.raises(BatchError):
        verify(token, Kind.BATCH, TRUST, NOW)


@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_a_statement_with_any_byte_changed_is_refused(place: int, change: int) -> None:
    token = bytearray(SIGNED)
    token[place] ^= change
    with pytest.raises((BatchError, TrustError)):
        verify(bytes(token), Kind.BATCH, TRUST, NOW)
