"""Who may do what: people, their households, how they get in, and which devices are signed in.

Everything is refused by one exception, :class:`PeopleError`; its ``kind`` says what it was.
"""

__all__ = [
    "Fault",
    "Invitations",
    "Invited",
    "Member",
    "Offer",
    "People",
    "PeopleError",
    "PersonSeen",
    "Place",
    "Right",
    "Role",
    "Sessions",
    "SignedIn",
    "may",
]

from .errors import Fault, PeopleError
from .invitations import Invitations, Invited, Offer
from .members import Member, People, PersonSeen, Place
from .rights import Right, Role, may
from .sessions import Sessions, SignedIn
