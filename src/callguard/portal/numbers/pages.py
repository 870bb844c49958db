"""The pages about the numbers that a household lets through or refuses."""

from ...people.rights import Right
from ..route import Route
from . import entry, listing, undo

ROUTES = (
    Route("GET", "/h/{household}/numbers", listing.numbers, Right.SEE_LISTS),
    Route("POST", "/h/{household}/numbers", entry.add, Right.CHANGE_LISTS),
    Route("POST", "/h/{household}/numbers/undo", undo.undo, Right.CHANGE_LISTS),
    Route("GET", "/h/{household}/numbers/{number_id}", entry.look, Right.CHANGE_LISTS),
    Route("POST", "/h/{household}/numbers/{number_id}", entry.change, Right.CHANGE_LISTS),
    Route("POST", "/h/{household}/numbers/{number_id}/remove", entry.remove, Right.CHANGE_LISTS),
)
"""``{number_id}`` is a number's E.164 digits."""
