"""Tells whose calls are invented, for whoever shows them; without what fills a household."""

import json
from datetime import datetime
from pathlib import Path

FILE = "demo.json"
"""In the data folder: which households are a demo's, and what was put into them."""


def is_filled(data: Path, line: int, signed_up: datetime) -> bool:
    """Tell whether the household on *line*, there since *signed_up*, has the calls of a demo.

    ``data`` is the node's data folder. A file that cannot be read tells of none.
    """
    try:
        found = json.loads((data / FILE).read_bytes())[str(line)]
        return found["filled"] is True and found["signed_up"] == signed_up.isoformat()
    except (OSError, ValueError, KeyError, TypeError):
        return False
