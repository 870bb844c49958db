"""An endpoint is known by its address or its password; a name in From counts for nothing."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "asterisk-config"
PAGES = {path.parent.name: path.read_text() for path in FOLDER.glob("*/pjsip.conf")}


@pytest.mark.parametrize("profile", sorted(PAGES))
def test_every_kind_of_endpoint_says_by_what_it_is_known(profile: str) -> None:
    """Asterisk's default is ``username,ip``. A telephone's is in ``telephone.py``."""
    sections = re.split(r"^(?=\[)", PAGES[profile], flags=re.MULTILINE)
    endpoints = [text for text in sections if re.search(r"^type=endpoint$", text, re.MULTILINE)]
    assert endpoints
    for text in endpoints:
        if not text.startswith("[phone-common]"):
            assert re.search(r"^identify_by=ip$", text, re.MULTILINE), text
