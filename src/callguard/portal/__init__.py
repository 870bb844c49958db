"""HTTP: the node's health and figures, and reports; the family's pages stand here too."""

__all__ = ["Health", "application"]

from .health import Health, application
