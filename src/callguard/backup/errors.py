"""What can go wrong with a backup."""


class BackupError(Exception):
    """It cannot be made, or cannot be put back; the message says why and what to do."""
