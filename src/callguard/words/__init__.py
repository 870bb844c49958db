"""What callguard says to people, in Japanese and English."""

from .countries import country_name
from .moments import clock, day, how_long, when
from .why import ScreenedCall, caller_name, what_happened, why

__all__ = [
    "ScreenedCall",
    "caller_name",
    "clock",
    "country_name",
    "day",
    "how_long",
    "what_happened",
    "when",
    "why",
]
