"""What was deleted from SQLite's tables is not to be found in its files either."""

from .connection import Database


def forget_deleted(database: Database) -> bool:
    """Have SQLite empty its write-ahead log, where deleted rows still stand; tell whether it did.

    A reader in the middle of something keeps it from it; then the next one does.
    """
    if database.engine.dialect.name != "sqlite":
        return True
    connection = database.engine.raw_connection()  # no transaction: a checkpoint cannot be in one
    try:
        busy, _, _ = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.close()
    return not busy
