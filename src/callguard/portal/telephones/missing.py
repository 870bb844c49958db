"""A family that is to be asked first and has named no telephone is asked for one at once."""

from ...households.family_telephones import asks_nobody
from ...households.settings import HouseholdSettings
from ...people.rights import Right
from ..asked import Asked


async def next_page(asked: Asked, usual: str) -> str:
    """Return where a change of the protection leads: to *usual*, unless a telephone is missing."""
    settings = HouseholdSettings(asked.database)
    policy = await asked.work(settings.policy, asked.household, now=asked.now)
    if not asks_nobody(policy):
        return asked.path(usual)
    return asked.path("telephones/add" if asked.may(Right.MANAGE_PEOPLE) else "telephones")
