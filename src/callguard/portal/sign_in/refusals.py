"""Says in the person's language what the room of people refuses."""

from typing import Any

from ...people.errors import PeopleError
from ...words.moments import say_duration
from ..asked import Asked
from ..form import Form


def refuse(asked: Asked, form: Form, error: PeopleError, field: str = "") -> None:
    """Put the words for *error* beside a field of *form* ("": above all of them)."""
    key, values = words_of(asked, error)
    form.fault(field, key, **values)


def words_of(asked: Asked, error: PeopleError) -> tuple[str, dict[str, Any]]:
    """Return the key of the words for *error*, and what is put into them."""
    values = {} if error.wait is None else {"wait": say_duration(error.wait, asked.language)}
    return f"sign_in.refused.{error.kind}", values
