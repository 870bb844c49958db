"""HTTP: the family's and the staff's pages, a folder for each feature; the API, health, reports."""

__all__ = ["Health", "application"]

from .health import Health, application
