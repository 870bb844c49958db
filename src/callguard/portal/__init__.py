"""HTTP: the health of the node and its figures; the family's pages and the API stand here too."""

__all__ = ["Health", "application"]

from .health import Health, application
