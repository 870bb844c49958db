"""How a message leaves: by mail, by web push, or by another service; each bounded in time."""

__all__ = ["Abandoned", "Commit", "Sender"]

from .sender import Abandoned, Commit, Sender
