"""Telephone numbers: from a raw caller ID to a classified caller; knows nothing of Asterisk."""

from .caller import Caller, Disclosed, Kind, Origin
from .caller_id import CallerID
from .classify import classify, classify_number
from .typed import NumberError, TypedNumber, format_number, parse_range, parse_typed

__all__ = [
    "Caller",
    "CallerID",
    "Disclosed",
    "Kind",
    "NumberError",
    "Origin",
    "TypedNumber",
    "classify",
    "classify_number",
    "format_number",
    "parse_range",
    "parse_typed",
]
