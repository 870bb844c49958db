"""Households, consents, listed numbers and policy documents."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from callguard.database.base import UTCDateTime

revision = "0001"
down_revision: str | None = None
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "households",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("line", sa.BigInteger, nullable=False, unique=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("created_at", UTCDateTime, nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.Integer, primary_key=True),
        _household(),
        sa.Column("text_version", sa.String(40), nullable=False),
        sa.Column("given_by", sa.String(100), nullable=False),
        sa.Column("given_at", UTCDateTime, nullable=False),
        sa.Column("revoked_at", UTCDateTime),
    )
    op.create_table(
        "listed_numbers",
        sa.Column("id", sa.Integer, primary_key=True),
        _household(),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("allowed", sa.Boolean, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("confirmed_at", UTCDateTime, nullable=False),
        sa.Column("expires_at", UTCDateTime),
        sa.UniqueConstraint("household_id", "number"),
    )
    op.create_table(
        "policy_documents",
        sa.Column("line", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("document", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Take the tables back to the revision before."""
    for table in ("policy_documents", "listed_numbers", "consents", "households"):
        op.drop_table(table)


def _household() -> sa.Column[int]:
    return sa.Column(
        "household_id",
        sa.Integer,
        sa.ForeignKey("households.id", ondelete="CASCADE"),
        nullable=False,
    )
