"""Strategies for the domestic numbers that the plan allows, without the leading 0."""

from hypothesis import strategies as st

from callguard.numbers import Kind
from callguard.numbers.area_codes import _AREA_CODES, geographic_fault

FULL_WIDTH = str.maketrans("0123456789+-#", "０１２３４５６７８９＋－＃")

_AREAS = sorted(code for line in _AREA_CODES for code in line.split())


def digits(count: int) -> st.SearchStrategy[str]:
    """Any *count* digits."""
    return st.text("0123456789", min_size=count, max_size=count)


def beginning(prefix: str, length: int) -> st.SearchStrategy[str]:
    """Any number of *length* digits that begins with *prefix*."""
    return digits(length - len(prefix)).map(lambda rest: prefix + rest)


fixed = (
    st.tuples(st.sampled_from(_AREAS), st.sampled_from("23456789"), digits(7))
    .map(lambda parts: "".join(parts)[:9])
    .filter(lambda nsn: len(nsn) == 9 and geographic_fault(nsn) is None)
)

_prefixed: dict[Kind, tuple[tuple[str, int], ...]] = {
    Kind.IP: tuple((f"50{c}", 10) for c in range(1, 10)),
    Kind.MOBILE: tuple((f"{p}{c}", 10) for p in (60, 70, 80, 90) for c in range(1, 10)),
    Kind.TOLL_FREE: (("120", 9), ("800", 10)),
    Kind.SERVICE: (("170", 9), ("180", 9), ("570", 9), ("990", 9), ("910", 9)),
    Kind.M2M: (("200", 13), *((f"20{c}", 10) for c in (1, 2, 3, 5, 6, 7, 8, 9))),
    Kind.PAGER: (("204", 10),),
    Kind.FMC: (("600", 10),),
}

by_kind: dict[Kind, st.SearchStrategy[str]] = {
    Kind.FIXED: fixed,
    **{
        kind: st.one_of([beginning(prefix, length) for prefix, length in shapes])
        for kind, shapes in _prefixed.items()
    },
}

possible: st.SearchStrategy[tuple[Kind, str]] = st.one_of(
    [st.tuples(st.just(kind), numbers) for kind, numbers in by_kind.items()]
)
"""Any domestic number that can exist, with its kind."""


def notations(nsn: str) -> list[str]:
    """The ways in which networks and people write one domestic number."""
    national, international = "0" + nsn, "+81" + nsn
    return [
        national,
        international,
        f"{national[:3]}-{national[3:6]}-{national[6:]}",
        f"{national[:4]} {national[4:]}",
        f"({national[:3]}){national[3:]}",
        f"+81 (0){nsn}",
        f"+81-{nsn[:2]}-{nsn[2:]}",
        "+81" + national,
        national.translate(FULL_WIDTH),
        international.translate(FULL_WIDTH),
        f"{national[:4]}－{national[4:]}".translate(FULL_WIDTH),
        f"{national[:3]}\u00a0{national[3:]}",
    ]
