"""What a source says of a number, and while it counts."""

from datetime import timedelta

import pytest

from callguard.blocklist.listing import Category, Listing, Terms

from .police import NOW

MOMENT = timedelta(microseconds=1)
UNTIL = NOW + timedelta(days=180)


def test_a_listing_without_end_is_in_force() -> None:
    assert Terms(Category.REFUND, NOW).in_force(NOW + timedelta(days=10_000))


def test_a_listing_is_in_force_until_its_end_and_not_at_it() -> None:
    terms = Terms(Category.REFUND, NOW, until=UNTIL)
    assert terms.in_force(UNTIL - MOMENT)
    assert not terms.in_force(UNTIL)


@pytest.mark.parametrize("until", [None, UNTIL])
def test_a_listing_on_trial_is_never_in_force(until: object) -> None:
    terms = Terms(Category.REFUND, NOW, until=until, simulated=True)  # type: ignore[arg-type]
    assert not terms.in_force(NOW)


def test_the_evidence_of_a_verdict() -> None:
    listing = Listing("tokyo", Terms(Category.FAKE_POLICE, NOW, UNTIL, "A-17"))
    assert listing.listed_at == NOW
    assert listing.to_json() == {
        "source": "tokyo",
        "category": "fake-police",
        "listed_at": "2026-11-24T03:00:00+00:00",
        "until": "2027-05-23T03:00:00+00:00",
        "reference": "A-17",
    }


def test_the_evidence_names_what_there_is() -> None:
    assert Listing("tokyo", Terms(Category.OTHER, NOW)).to_json() == {
        "source": "tokyo",
        "category": "other",
        "listed_at": "2026-11-24T03:00:00+00:00",
    }
