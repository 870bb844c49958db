"""Calls that come in by an international trunk, whatever their caller ID says."""

from .caller import Caller, Kind, Origin

_BY_TRUNK = "and the call comes in by a trunk from abroad"


def from_abroad(caller: Caller) -> Caller:
    """Return *caller* as one whose call has come in by an international trunk.

    The trunk is the exchange's own knowledge, the caller ID a stranger's word: most numbers of
    fraud calls are overseas ones, and such calls also show domestic numbers, or none (表示圏外,
    "Unavailable"). So the call is overseas. A number is kept for the lists and the allowlist, since
    it may be that of somebody of the family who is travelling; but it tells no country, and
    emergency services do not call from abroad.
    """
    if caller.origin is Origin.OVERSEAS:
        return caller
    if caller.kind is Kind.EMERGENCY:
        number, fault = None, f"it shows an emergency service, {_BY_TRUNK}"
    elif caller.origin is Origin.DOMESTIC:
        number, fault = caller.number, f"it shows a Japanese number, {_BY_TRUNK}"
    elif caller.origin is Origin.MALFORMED:
        number, fault = caller.number, f"it shows a number that cannot exist, {_BY_TRUNK}"
    else:
        number, fault = None, f"it shows no number, {_BY_TRUNK}"
    return Caller(
        Origin.OVERSEAS,
        number=number,
        fault=fault,
        disclosed=caller.disclosed,
        verstat=caller.verstat,
    )
