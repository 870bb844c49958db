"""The only way from one root to the next."""

import copy
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OKPKey

from callguard.blocklist.errors import TrustError
from callguard.feed.root_file import MAX_BYTES
from callguard.feed.trust import Trust

from .operator import LATER, NOW, new_key, root, source, tampered

A, B, C, STRANGER = (new_key() for _ in range(4))


def test_a_root_says_who_is_believed() -> None:
    data = root(A, B, C, threshold=2, sources=(source("tokyo"), source("osaka", shadow=True)))
    trust = Trust.from_bytes(data)
    assert (trust.version, trust.threshold, trust.expires) == (1, 2, LATER)
    assert set(trust.root_keys) == {key.thumbprint() for key in (A, B, C)}
    assert set(trust.sources) == {"tokyo", "osaka"}
    assert trust.to_bytes() == data


class TestNewerRoot:
    def test_takes_the_place_of_the_older(self) -> None:
        old = Trust.from_bytes(root(A, sources=(source("tokyo"),)))
        new = old.update(root(A, version=2), NOW)
        assert (new.version, dict(new.sources)) == (2, {})

    def test_may_change_the_root_keys_if_old_and_new_sign(self) -> None:
        old = Trust.from_bytes(root(A))
        new = old.update(root(B, version=2, signers=(A, B)), NOW)
        assert set(new.root_keys) == {B.thumbprint()}
        with pytest.raises(TrustError, match="lacks 1 signature of the root keys of version 2"):
            new.update(root(A, version=3), NOW)

    def test_is_refused_without_the_old_keys(self) -> None:
        old = Trust.from_bytes(root(A))
        with pytest.raises(TrustError, match="lacks 1 signature of the root keys of version 1"):
            old.update(root(B, version=2), NOW)

    def test_is_refused_without_the_new_keys(self) -> None:
        old = Trust.from_bytes(root(A))
        with pytest.raises(TrustError, match="lacks 1 signature of its own root keys"):
            old.update(root(B, version=2, signers=(A,)), NOW)

    def test_may_skip_versions_if_the_keys_in_force_sign(self) -> None:
        assert Trust.from_bytes(root(A)).update(root(A, version=9), NOW).version == 9

    def test_beyond_a_change_of_keys_needs_the_versions_between(self) -> None:
        with pytest.raises(TrustError, match="take in the versions between first, from 2 on"):
            Trust.from_bytes(root(A)).update(root(B, version=3), NOW)

    @pytest.mark.parametrize("version", [1, 4, 5])
    def test_is_no_rollback(self, version: int) -> None:
        old = Trust.from_bytes(root(A, version=5))
        with pytest.raises(TrustError, match=f"version {version} is not newer than version 5"):
            old.update(root(A, version=version, sources=(source(),)), NOW)

    def test_is_refused_when_it_has_expired(self) -> None:
        old = Trust.from_bytes(root(A))
        with pytest.raises(TrustError, match=r"expired at 2026-11-24T03:00:00\.000Z"):
            old.update(root(A, version=2, expires=NOW), NOW)
        assert old.update(root(A, version=2, expires=NOW + timedelta(seconds=1)), NOW)


class TestSignatures:
    def test_of_too_few_root_keys(self) -> None:
        with pytest.raises(TrustError, match="root version 1 lacks 1 signature of its own"):
            Trust.from_bytes(root(A, B, C, threshold=2, signers=(A,)))

    def test_of_a_stranger(self) -> None:
        with pytest.raises(TrustError, match="lacks 1 signature"):
            Trust.from_bytes(root(A, signers=(STRANGER,)))

    def test_by_one_key_twice(self) -> None:
        data = root(A, B, threshold=2, signers=(A,))

        def repeat(content: Any) -> None:
            content["signatures"] *= 2

        def borrow(content: Any) -> None:
            content["signatures"].append({**content["signatures"][0], "keyid": B.thumbprint()})

        with pytest.raises(TrustError, match="Multiple signatures found"):
            Trust.from_bytes(tampered(data, repeat))
        with pytest.raises(TrustError, match="lacks 1 signature"):
            Trust.from_bytes(tampered(data, borrow))

    def test_by_one_key_under_two_names(self) -> None:
        def alias(content: Any) -> None:
            keys = content["signed"]["keys"]
            keys["alias"] = copy.deepcopy(keys[A.thumbprint()])
            content["signed"]["roles"]["root"]["keyids"].append("alias")

        with pytest.raises(TrustError, match="'alias' is not named by its thumbprint"):
            Trust.from_bytes(tampered(root(A), alias))

    @pytest.mark.parametrize("field", ["version", "expires", "spec_version", "x-anything"])
    def test_do_not_hold_for_what_was_changed(self, field: str) -> None:
        changed = {"version": 7, "expires": "2036-01-01T00:00:00Z", "spec_version": "1.0.30"}

        def change(content: Any) -> None:
            content["signed"][field] = changed.get(field, "added")

        with pytest.raises(TrustError, match="lacks 1 signature"):
            Trust.from_bytes(tampered(root(A), change))

    def test_do_not_hold_for_a_threshold_that_was_lowered(self) -> None:
        def lower(content: Any) -> None:
            content["signed"]["roles"]["root"]["threshold"] = 1

        with pytest.raises(TrustError, match="lacks 1 signature"):
            Trust.from_bytes(tampered(root(A, B, threshold=2, signers=(A,)), lower))

    def test_do_not_hold_for_a_source_that_was_slipped_in(self) -> None:
        def slip_in(content: Any) -> None:
            content["signed"]["x-callguard-sources"]["evil"] = source("evil").to_json()

        with pytest.raises(TrustError, match="lacks 1 signature"):
            Trust.from_bytes(tampered(root(A), slip_in))


class TestRefused:
    def test_a_file_that_is_too_large(self) -> None:
        with pytest.raises(TrustError, match="at most 1048576 are read"):
            Trust.from_bytes(b" " * (MAX_BYTES + 1))

    @given(st.binary(max_size=200))
    def test_junk(self, data: bytes) -> None:
        with pytest.raises(TrustError, match=r"^not a root file"):
            Trust.from_bytes(data)

    @given(st.data())
    def test_a_file_with_anything_in_place_of_a_part(self, data: st.DataObject) -> None:
        anything = st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=5), one),
            max_leaves=4,
        )

        def change(content: Any) -> None:
            part = content
            while True:
                name = data.draw(
                    st.sampled_from(sorted(part) if isinstance(part, dict) else range(len(part)))
                )
                if (
                    not part[name]
                    or not isinstance(part[name], dict | list)
                    or data.draw(st.booleans())
                ):
                    break
                part = part[name]
            kept = part[name]
            part[name] = data.draw(anything.filter(lambda one: one != kept))

        original = Trust.from_bytes(GOOD)
        try:
            found = Trust.from_bytes(tampered(GOOD, change))
        except TrustError as error:
            assert len(str(error).splitlines()) == 1  # noqa: PT017 - either outcome is right
        else:  # the signature of a key that need not sign, or a part that nothing signs
            assert (found.version, found.sources.keys()) == (
                original.version, original.sources.keys(),
            )  # fmt: skip

    @pytest.mark.parametrize("name", ["version", "threshold"])
    @pytest.mark.parametrize("value", [1.0, True, "1", 2**53, 0])
    def test_a_number_that_is_none(self, name: str, value: Any) -> None:
        def change(content: Any) -> None:
            signed = content["signed"]
            (signed if name == "version" else signed["roles"]["root"])[name] = value

        with pytest.raises(TrustError, match=r"^not a root file"):
            Trust.from_bytes(tampered(root(A), change))

    def test_a_root_of_somebody_elses(self) -> None:
        def drop(content: Any) -> None:
            del content["signed"]["x-callguard-sources"]

        with pytest.raises(TrustError, match="not a root file of callguard"):
            Trust.from_bytes(tampered(root(A), drop))


def test_an_expired_root_can_still_be_seen() -> None:
    trust = Trust.from_bytes(root(A, expires=NOW))
    assert trust.expires == NOW
    with pytest.raises(TrustError, match="its operator has to issue a newer one"):
        trust.check_fresh(NOW)


def test_private_keys_never_get_into_a_root() -> None:
    data = root(A, sources=(source(key=B),))
    for key in (A, B):
        private = key.as_dict(private=True)["d"]
        assert str(private).encode() not in data
    assert not any(isinstance(k, OKPKey) and k.is_private for k in
                   Trust.from_bytes(data).root_keys.values())  # fmt: skip


GOOD = root(A, B, C, threshold=2, sources=(source(),))
