"""The cookies of the portal: their names, and the marks that keep them from others."""

from aiohttp import web

from ..settings import Settings

VISITOR = "callguard-visitor"
"""Cookie of a browser in which nobody is signed in, so that its forms have a token too."""

LAST_HOME = "callguard-home"
"""Cookie of the household that was looked at last, for who belongs to several."""


class Cookies:
    """The names and marks of our cookies."""

    def __init__(self, settings: Settings) -> None:
        self.secure = settings.portal_url.startswith("https:")
        # Browsers keep a cookie of this name for this very host only; they ask for HTTPS then.
        self.session = "__Host-callguard" if self.secure else "callguard"

    def secret(self, request: web.Request) -> str:
        """Return what only this browser has: its session, or what it was given as a visitor."""
        return request.cookies.get(self.session) or request.cookies.get(VISITOR, "")

    def sign_in(self, response: web.StreamResponse, token: str, seconds: int) -> None:
        """Give the browser its session, for so many *seconds*."""
        self.keep(response, self.session, token, seconds)
        response.del_cookie(VISITOR, path="/")

    def sign_out(self, response: web.StreamResponse) -> None:
        """Take the session from the browser."""
        response.del_cookie(self.session, path="/", secure=self.secure, httponly=True)

    def keep(
        self, response: web.StreamResponse, name: str, value: str, seconds: int | None = None
    ) -> None:
        """Set a cookie that scripts cannot read and other sites' forms do not send."""
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="Lax",
        )
