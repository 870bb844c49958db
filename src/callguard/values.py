"""Values that are made anew for every call."""

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(cls: type[T]) -> type[T]:
    """Make a dataclass that the type checker holds to be frozen, and that costs nothing to be so.

    Python would freeze it by a slower ``__init__``: half a microsecond for each object, of which a
    call makes six. So these are frozen where every line is read, and not again at every call.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)
