"""Recordings of calls and messages, and the keys that they are encrypted under."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from callguard.database.base import UTCDateTime

revision = "0006"
down_revision: str | None = "0005"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "recording_keys",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("household_id", *_goes_with("households.id"), nullable=False),
        sa.Column("wrapped_by", sa.String(16), nullable=False),
        sa.Column("key", sa.LargeBinary(60), nullable=False),
        sa.Column("created_at", UTCDateTime, nullable=False),
        sa.UniqueConstraint("household_id", "wrapped_by"),
    )
    op.create_table(
        "recordings",
        sa.Column(
            "call_id",
            sa.String(16),
            sa.ForeignKey("calls.call_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("household_id", *_goes_with("households.id"), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("at", UTCDateTime, nullable=False),
        sa.Column("seconds", sa.Integer, nullable=False),
        sa.Column("flaw", sa.String(12), nullable=False),
        sa.Column("node", sa.String(64), nullable=False),
        sa.Column("key_id", *_goes_with("recording_keys.id"), nullable=False),
        sa.Column("key", sa.LargeBinary(60), nullable=False),
        sa.Column("heard_at", UTCDateTime),
    )
    op.create_index("ix_recordings_household_at", "recordings", ["household_id", "at"])


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_table("recordings")
    op.drop_table("recording_keys")


def _goes_with(column: str) -> tuple[Any, Any]:
    return sa.Integer, sa.ForeignKey(column, ondelete="CASCADE")
