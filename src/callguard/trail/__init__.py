"""The audit trail: who did what, when and from where. Only ever added to."""

from .deeds import (
    COMMAND_LINE,
    FAMILY_TELEPHONE,
    HOME_TELEPHONE,
    PROVISIONING,
    Doer,
    What,
    record,
)
from .models import Deed
from .reading import Line, Trail, TrailPage

__all__ = [
    "COMMAND_LINE",
    "FAMILY_TELEPHONE",
    "HOME_TELEPHONE",
    "PROVISIONING",
    "Deed",
    "Doer",
    "Line",
    "Trail",
    "TrailPage",
    "What",
    "record",
]
