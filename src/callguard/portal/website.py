"""The one table of all pages: each feature's ``pages.py`` has its ``ROUTES``."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from . import __path__ as _here
from .route import Route


@cache
def table() -> tuple[Route, ...]:
    """Return every route of every feature; a feature is a folder here that has pages."""
    routes: list[Route] = []
    for feature in iter_modules(_here):
        if feature.ispkg:
            folder = import_module(f"{__package__}.{feature.name}")
            if any(one.name == "pages" for one in iter_modules(folder.__path__)):
                routes += import_module(f"{folder.__name__}.pages").ROUTES
    return tuple(routes)
