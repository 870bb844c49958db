"""What callguard says to people, in Japanese and English."""

from .countries import country_name
from .moments import clock, how_long, say_date, say_day, say_duration, say_moment
from .why import ScreenedCall, caller_name, what_happened, why

__all__ = [
    "ScreenedCall",
    "caller_name",
    "clock",
    "country_name",
    "how_long",
    "say_date",
    "say_day",
    "say_duration",
    "say_moment",
    "what_happened",
    "why",
]
