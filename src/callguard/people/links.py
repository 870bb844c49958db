"""Links that are handed on: as an address and as a QR code."""

import io

import segno

_MARGIN = 4
"""White squares around a QR code: ISO/IEC 18004 asks for four."""


def join_link(portal_url: str, token: str) -> str:
    """Return the address that an invitation's holder opens."""
    return f"{portal_url.rstrip('/')}/join/{token}"


def qr_svg(text: str, *, title: str) -> str:
    """Return *text* as a QR code: an SVG element for a page, black on white, with a *title*."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out,
        kind="svg",
        border=_MARGIN,
        xmldecl=False,
        svgns=True,
        light="#fff",
        dark="#000",
        omitsize=True,
        title=title,
        svgclass=None,
        lineclass=None,
    )
    return out.getvalue().decode()


def qr_text(text: str) -> str:
    """Return *text* as a QR code for a terminal, of half-high blocks."""
    out = io.StringIO()
    segno.make(text, error="m", micro=False).terminal(out, border=_MARGIN, compact=True)
    return out.getvalue()
