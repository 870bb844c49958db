"""PostgreSQL tells every node whose policy has changed; in SQLite the file itself does."""

from typing import Any

from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    if op.get_bind().dialect.name != "postgresql":
        return
    # A notice is sent when the change is committed, and in the order of the commits.
    op.execute("""
        CREATE FUNCTION callguard_policy_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('callguard_policies', COALESCE(NEW.line, OLD.line)::text);
            RETURN NULL;
        END
        $$
    """)
    op.execute("""
        CREATE TRIGGER callguard_policy_changed
        AFTER INSERT OR UPDATE OR DELETE ON policy_documents
        FOR EACH ROW EXECUTE FUNCTION callguard_policy_changed()
    """)


def downgrade() -> None:
    """Take the tables back to the revision before."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER callguard_policy_changed ON policy_documents")
        op.execute("DROP FUNCTION callguard_policy_changed()")
