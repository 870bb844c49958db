"""The audit trail: who did what, when and from where. Only ever added to."""

__all__ = ["COMMAND_LINE", "Deed", "Doer", "What", "record"]

from .deeds import COMMAND_LINE, Doer, What, record
from .models import Deed
