"""People, what they may do, how they prove who they are, and what they did."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..database.base import Base, UTCDateTime
from ..households.models import Household


class Person(Base):
    """Somebody who signs in."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    mail: Mapped[str | None] = mapped_column(String(254), unique=True)
    """Mail address, in lower case: what a password goes with."""
    language: Mapped[str] = mapped_column(String(2), default="ja")
    operator: Mapped[bool] = mapped_column(default=False)
    """Carrier staff: signs households up, and sees no call without a grant."""
    handle: Mapped[bytes] = mapped_column(LargeBinary(64), unique=True)
    """The WebAuthn user handle: random, tells nothing."""
    password: Mapped[str | None] = mapped_column(String(200))
    """Argon2id hash."""
    totp: Mapped[str | None] = mapped_column(String(64))
    """Shared secret of the second factor, sealed (``factor_key.py``)."""
    totp_step: Mapped[int] = mapped_column(BigInteger, default=0)
    """The last time step whose code was used: a code counts once (RFC 6238 section 5.2)."""
    quiet_hours: Mapped[str | None] = mapped_column(String(11))
    """Hours without news, as ``22:00-07:00`` in Japan time."""
    digest: Mapped[str] = mapped_column(String(10), default="weekly")
    """``daily``, ``weekly`` or ``never``."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    memberships: Mapped[list["Membership"]] = relationship(
        back_populates="person", cascade="all, delete-orphan"
    )


class Membership(Base):
    """A person's place in a household."""

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("person_id", "household_id"),
        Index("ix_memberships_household", "household_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(10))
    """``manager``, ``member``, ``viewer`` or ``subscriber``."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    person: Mapped[Person] = relationship(back_populates="memberships")
    household: Mapped[Household] = relationship()


class Passkey(Base):
    """A WebAuthn credential."""

    __tablename__ = "passkeys"
    __table_args__ = (Index("ix_passkeys_person", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    credential: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class RecoveryCode(Base):
    """A code that stands in for the second factor, once."""

    __tablename__ = "recovery_codes"
    __table_args__ = (Index("ix_recovery_codes_person", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    """SHA-256: the code itself is random enough."""
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Session(Base):
    """A device signed in."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_person", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    """SHA-256 of the cookie."""
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    device: Mapped[str] = mapped_column(String(100))
    """Browser and system in words, from the User-Agent."""
    address: Mapped[str] = mapped_column(String(45))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    proved_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """When the person last proved who they are: some things need that to be recent."""
    person: Mapped[Person] = relationship()


class Ceremony(Base):
    """Something begun that awaits its answer: a passkey's challenge, a second factor."""

    __tablename__ = "ceremonies"
    __table_args__ = (Index("ix_ceremonies_expires", "expires_at"),)

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    """SHA-256 of the challenge or token that was handed out."""
    kind: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    """The device that began it, and alone may finish it; signed out, it cannot."""
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Invitation(Base):
    """A link that lets its holder join a household once (or become an operator)."""

    __tablename__ = "invitations"
    __table_args__ = (Index("ix_invitations_household", "household_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    household_id: Mapped[int | None] = mapped_column(
        ForeignKey("households.id", ondelete="CASCADE")
    )
    """None: the invitation is for an operator."""
    role: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(100))
    """Whom it is meant for, as the inviter calls them."""
    invited_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    household: Mapped[Household | None] = relationship()


class Token(Base):
    """What a program shows at the API, for one household."""

    __tablename__ = "tokens"
    __table_args__ = (Index("ix_tokens_household", "household_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(100))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    person: Mapped[Person] = relationship()
    household: Mapped[Household] = relationship()


class Grant(Base):
    """A household lets operators see its calls for a while."""

    __tablename__ = "grants"
    __table_args__ = (Index("ix_grants_household", "household_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"))
    given_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    given_at: Mapped[datetime] = mapped_column(UTCDateTime)
    until: Mapped[datetime] = mapped_column(UTCDateTime)


class Attempt(Base):
    """Failed proofs for one account or from one address: what locks out."""

    __tablename__ = "attempts"

    subject: Mapped[str] = mapped_column(String(80), primary_key=True)
    """Kind and SHA-256 of the account or address: what strangers type is of bounded length here."""
    failed: Mapped[int]
    first_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime)
