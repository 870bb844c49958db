"""Each target of the fuzzer takes its corpus, and what is near it; `script/fuzz` goes deeper."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.targets import TARGETS, try_out

CORPUS = Path(__file__).resolve().parents[2] / "fuzz" / "corpus"


def seeds(name: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted((CORPUS / name).iterdir())]


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_the_corpus_is_taken(name: str) -> None:
    assert seeds(name)
    for data in seeds(name):
        try_out(name, data)


@st.composite
def near(draw: st.DrawFn, known: list[bytes]) -> bytes:
    """One of the corpus with a piece of it replaced by other bytes, or by a piece of another."""
    data = draw(st.sampled_from(known))
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, min(len(data), start + 40)))
    other = draw(st.sampled_from(known))
    cut = draw(st.integers(0, len(other)))
    piece = draw(st.one_of(st.binary(max_size=20), st.just(other[cut : cut + 40])))
    return data[:start] + piece + data[end:]


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_what_is_near_the_corpus_is_taken_or_refused(name: str) -> None:
    @given(near(seeds(name)))
    @settings(
        max_examples=40,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def run(data: bytes) -> None:
        try_out(name, data)

    run()


def test_the_corpus_stays_small() -> None:
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) < 300_000
