"""The pages about the numbers that a household lets through or refuses."""

from ...contacts.contact import MAX_BYTES
from ...people.rights import Right
from ..route import Route
from . import entry, exports, imports, listing, undo

ROUTES = (
    Route("GET", "/h/{household}/numbers", listing.numbers, Right.SEE_LISTS),
    Route("POST", "/h/{household}/numbers", entry.add, Right.CHANGE_LISTS),
    Route("POST", "/h/{household}/numbers/undo", undo.undo, Right.CHANGE_LISTS),
    Route("GET", "/h/{household}/numbers/files", imports.files, Right.EXPORT_LISTS),
    Route(
        "POST", "/h/{household}/numbers/files", imports.read, Right.CHANGE_LISTS, upload=MAX_BYTES
    ),
    Route("GET", "/h/{household}/numbers/import", imports.look, Right.CHANGE_LISTS),
    Route("POST", "/h/{household}/numbers/import", imports.take, Right.CHANGE_LISTS),
    Route("POST", "/h/{household}/numbers/export", exports.export, Right.EXPORT_LISTS),
    Route("GET", "/h/{household}/numbers/{entry_id}", entry.look, Right.CHANGE_LISTS),
    Route("POST", "/h/{household}/numbers/{entry_id}", entry.change, Right.CHANGE_LISTS),
    Route("POST", "/h/{household}/numbers/{entry_id}/remove", entry.remove, Right.CHANGE_LISTS),
)
