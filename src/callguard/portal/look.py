"""Makes pages from templates: ``portal/<feature>/*.html``, with the words of both languages."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from ..numbers import format_number
from ..words.moments import say_day, say_duration, say_moment
from .form import CSRF
from .language import Language
from .static import Static
from .words import Words

if TYPE_CHECKING:
    from .asked import Asked

FOLDER = Path(__file__).parent

_NUMBER = re.compile(r"(\+?\d[\d-]*(?: \d+)?-[\d-]*\d(?:\.\d+)?)")
"""A number as ``format_number`` writes it, or a version such as 2026-11-27.3.

The group keeps it when a text is split.
"""


class Look:
    """Every template, word and static file of the site."""

    def __init__(self, static: Static, folder: Path = FOLDER) -> None:
        self.static = static
        self.words = Words(folder)
        self._templates = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals["static"] = static.path
        self._templates.filters.update(
            number=format_number,
            unbroken=unbroken,
            moment=_moment,
            day=_day,
            duration=_duration,
        )

    def page(self, template: str, asked: "Asked", **values: Any) -> str:
        """Return the page made of *template* for whoever asked.

        A template sees ``asked``, ``say(key, …)``, ``csrf`` (a hidden field), ``language``,
        ``here`` (the feature's name), ``static(name)``, and the filters ``number``, ``unbroken``,
        ``moment``, ``day`` and ``duration``.
        """
        return self._templates.get_template(template).render(
            asked=asked,
            say=asked.say,
            csrf=Markup('<input type="hidden" name="{}" value="{}">').format(CSRF, asked.csrf),
            language=asked.language,
            now=asked.now,
            here=template.partition("/")[0],
            **values,
        )

    def fault(self, template: str, language: Language, **values: Any) -> str:
        """Return a page about something that went wrong, for whoever it may be."""

        def say(key: str, **filled: Any) -> str:
            return self.words.say(key, language, **filled)

        return self._templates.get_template(template).render(say=say, language=language, **values)


def unbroken(text: str) -> Markup:
    """Return *text* with each telephone number and version in it kept on one line."""
    pieces = _NUMBER.split(text)
    return Markup().join(
        Markup('<span class="number">{}</span>').format(piece) if place % 2 else escape(piece)
        for place, piece in enumerate(pieces)
    )


@pass_context
def _moment(context: Context, at: datetime) -> str:
    return say_moment(at, _language(context), now=context["now"])


@pass_context
def _day(context: Context, at: datetime) -> str:
    return say_day(at, _language(context), now=context["now"])


@pass_context
def _duration(context: Context, length: int | timedelta) -> str:
    return say_duration(length, _language(context))


def _language(context: Context) -> Language:
    return Language(context["language"])
