"""What a source says of a number, and while it counts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.blocklist.listing import MAX_REFERENCE, Category, Listing, Terms, Trial

from ..feed.police import NOW

MOMENT = timedelta(microseconds=1)
UNTIL = NOW + timedelta(days=180)

MOMENTS = st.datetimes(timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
TERMS = st.builds(
    Terms,
    st.sampled_from(Category),
    MOMENTS,
    st.none() | MOMENTS,
    st.text(max_size=MAX_REFERENCE),
    st.booleans(),
)


def test_a_listing_without_end_never_ends() -> None:
    assert not Terms(Category.REFUND, NOW).ended(NOW + timedelta(days=10_000))


@pytest.mark.parametrize("simulated", [False, True])
def test_a_listing_counts_until_its_end_and_not_at_it(simulated: bool) -> None:
    terms = Terms(Category.REFUND, NOW, until=UNTIL, simulated=simulated)
    assert not terms.ended(UNTIL - MOMENT)
    assert terms.ended(UNTIL)


class TestEvidence:
    def test_of_a_verdict(self) -> None:
        listing = Listing("tokyo", Terms(Category.FAKE_POLICE, NOW, UNTIL, "A-17"))
        assert listing.listed_at == NOW
        assert listing.to_json() == {
            "source": "tokyo",
            "category": "fake-police",
            "listed_at": "2026-11-24T03:00:00+00:00",
            "until": "2027-05-23T03:00:00+00:00",
            "reference": "A-17",
        }

    def test_names_what_there_is(self) -> None:
        assert Listing("tokyo", Terms(Category.OTHER, NOW)).to_json() == {
            "source": "tokyo",
            "category": "other",
            "listed_at": "2026-11-24T03:00:00+00:00",
        }

    @pytest.mark.parametrize("trial", Trial)
    def test_says_why_a_listing_is_on_trial(self, trial: Trial) -> None:
        listing = Listing("tokyo", Terms(Category.OTHER, NOW), trial)
        assert listing.to_json()["trial"] == trial.value


class TestLine:
    def test_is_the_one_way_to_write_the_terms(self) -> None:
        terms = Terms(Category.FAKE_POLICE, NOW, UNTIL, "A-17 偽警察", simulated=True)
        assert terms.line() == (
            '{"category":"fake-police","listed":"2026-11-24T03:00:00.000Z",'
            '"reference":"A-17 偽警察","simulated":true,"until":"2027-05-23T03:00:00.000Z"}'
        )

    def test_leaves_out_what_is_not_said(self) -> None:
        assert Terms(Category.OTHER, NOW).line() == (
            '{"category":"other","listed":"2026-11-24T03:00:00.000Z"}'
        )

    @given(TERMS, TERMS)
    def test_is_the_same_for_the_same_terms_only(self, one: Terms, other: Terms) -> None:
        assert (one.line() == other.line()) == (one == other)


class TestJson:
    SAID: dict[str, Any] = Terms(Category.OTHER, NOW).to_json()

    @given(TERMS)
    def test_is_read_as_it_was_written(self, terms: Terms) -> None:
        assert Terms.from_json(terms.to_json()) == terms

    @pytest.mark.parametrize("simulated", [1, "yes", None, False])
    def test_is_on_trial_only_if_it_says_so(self, simulated: object) -> None:
        assert not Terms.from_json({**self.SAID, "simulated": simulated}).simulated

    def test_with_an_endless_reference_is_refused(self) -> None:
        with pytest.raises(ValueError, match="a reference of 201 characters; at most 200"):
            Terms.from_json({**self.SAID, "reference": "x" * 201})

    @pytest.mark.parametrize(
        "change",
        [
            {"category": "spam"},
            {"category": None},
            {"category": []},
            {"listed": "today"},
            {"listed": NOW.timestamp()},
            {"until": None},
            {"until": "2026-11-24"},
            {"reference": 17},
            {"reference": None},
        ],
        ids=repr,
    )
    def test_with_another_value_is_refused(self, change: dict[str, object]) -> None:
        with pytest.raises(ValueError, match=r"is not a|a reference of"):
            Terms.from_json({**self.SAID, **change})

    @pytest.mark.parametrize("name", ["category", "listed"])
    def test_without_what_it_must_say_is_refused(self, name: str) -> None:
        said = {key: value for key, value in self.SAID.items() if key != name}
        with pytest.raises(KeyError, match=name):
            Terms.from_json(said)


def test_the_time_of_a_listing_is_that_of_its_terms() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    assert Listing("tokyo", Terms(Category.OTHER, moment)).listed_at == moment
