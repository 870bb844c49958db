"""A household that has everything, and an example for each part of a page's address.

A page whose address has a part that is not here fails ``test_everyone.py``: add an example of a
thing that really is in the household, or the test proves nothing.
"""

import re
from datetime import timedelta

from sqlalchemy import select

from callguard.calllog.models import CallRecord
from callguard.delimited import rows
from callguard.households.at_risk import read_at_risk
from callguard.households.models import Expectation, FamilyMember, ListedNumber
from callguard.households.proposals import Proposals
from callguard.notify.channels import Channels
from callguard.people.bearer import digest
from callguard.people.grants import Grants
from callguard.people.invitations import Invitations
from callguard.people.models import Passkey, Session
from callguard.people.rights import Role
from callguard.people.tokens import Scope, Tokens
from callguard.trail import Doer

from .called import log_call
from .recorded import record_call
from .site import NOON, Site

CALLER, DOCTOR, BLOCKED = "0422-99-3333", "0422-99-4444", "050-9999-5555"

SECRETS = (
    "中村",
    "0422-99-1111",
    "422991111",
    CALLER,
    "422993333",
    DOCTOR,
    "422994444",
    "さくら医院",
    BLOCKED,
    "99995555",
    "由美",
    "090-9999-3333",
    "9099993333",
    "居間の表示板",
    "t0ken-of-yumi",
)
"""What nobody else may read anywhere: names and numbers of the household."""

_QUERIES = {"/h/{household}/calls/{call}/sure": "?do=allow"}
"""What stands behind the ``?`` where a page is none without it."""


def address(path: str, parts: dict[str, str]) -> str:
    """Return the address of a page of the table, filled in with examples."""
    missing = set(re.findall(r"\{(\w+)\}", path)) - set(parts)
    assert not missing, f"{path}: tests/portal/example.py has no example for {missing}"
    filled = re.sub(r"\{(\w+)\}", lambda found: parts[found[1]], path)
    return filled + _QUERIES.get(path, "")


def furnish(site: Site) -> dict[str, str]:
    """Give the household something of everything; return an example for each part."""
    database, household = site.database, site.household
    manager = Doer("中村 manager", site.people[Role.MANAGER], "127.0.0.1")
    call = log_call(database, household, CALLER, NOON - timedelta(hours=1))
    record_call(site, call)
    with database.transaction() as session:
        for number, allowed, name in (
            (81422994444, True, "さくら医院"),
            (815099995555, False, "しつこい電話"),
        ):
            session.add(
                ListedNumber(
                    household_id=household,
                    number=number,
                    allowed=allowed,
                    name=name,
                    confirmed_at=NOON,
                )
            )
        telephone = FamilyMember(household_id=household, place=1, name="由美", number=819099993333)
        session.add(telephone)
        session.add(Expectation(household_id=household, until=NOON + timedelta(hours=2)))
        session.flush()
        entry = session.scalars(select(ListedNumber).order_by(ListedNumber.id)).first()
        record = session.scalars(select(CallRecord)).first()
        assert entry is not None
        assert record is not None
        entry_id, record_id, telephone_id = entry.id, record.id, telephone.id
    invitations = Invitations(database)
    invited = invitations.invite(household, Role.VIEWER, "由美", by=manager, now=NOON)
    staff = invitations.invite(None, None, "新しい係", by=manager, now=NOON)
    device_id, passkey_id = _ways_in(site)
    way_id = Channels(database).add_service(
        site.people[Role.MANAGER],
        household,
        "line://t0ken-of-yumi/yumi",
        name="由美のLINE",
        by=manager,
        now=NOON,
    )
    risk = read_at_risk(rows("line\n0422-99-1111\n"))
    list(Proposals(database).propose(risk, by=manager, now=NOON))
    Grants(database).give(household, 2, by=manager, now=NOON)
    _, token = Tokens(database).issue(
        household,
        site.people[Role.MANAGER],
        name="居間の表示板",
        scopes=[Scope.READ_CALLS],
        expires_at=NOON + timedelta(days=90),
        by=manager,
        now=NOON,
    )
    return {
        "household": str(household),
        "home_id": str(household),
        "person_id": str(site.people["viewer"]),
        "call": call,
        "call_id": str(record_id),
        "number": "81422994444",
        "entry_id": str(entry_id),
        "token_id": str(token.id),
        "token": invited.token,
        "invitation_id": str(staff.id),
        "device_id": str(device_id),
        "passkey_id": str(passkey_id),
        "way_id": str(way_id),
        "telephone": str(telephone_id),
        "setting": "payphone",
        "name": "warning.wav",
    }


def _ways_in(site: Site) -> tuple[int, int]:
    """Give the manager another device and a passkey; return their ids."""
    token = site.sign_in(Role.MANAGER)
    with site.database.transaction() as session:
        device = session.scalars(select(Session).where(Session.digest == digest(token))).one()
        passkey = Passkey(
            person_id=site.people[Role.MANAGER],
            credential=bytes(32),
            public_key=b"",
            sign_count=0,
            name="由美の電話",
            created_at=NOON,
        )
        session.add(passkey)
        session.flush()
        return device.id, passkey.id
