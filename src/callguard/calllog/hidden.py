"""Numbers that a caller withheld and the network disclosed: kept as a keyed hash, or not at all.

The hash tells whether two calls came from one number, and whether that number is listed later; not
what the number is. Without the key it cannot be found by trying all numbers, so the key stays on
this node, readable by its owner only.
"""

import logging
from hashlib import blake2b
from pathlib import Path

from ..node_secret import node_secret
from ..numbers.caller import Disclosed

log = logging.getLogger(__name__)

HASH_BYTES = 32


class HiddenNumbers:
    """Hashes under the key in the file *path*, which is made when it is first needed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._key: bytes | None = None
        self._complained = False

    def hash(self, number: Disclosed) -> bytes | None:
        """Return the hash of *number*; None if the key cannot be had, which is said once."""
        if self._key is None:
            try:
                self._key = node_secret(
                    self._path, lost="the hashes of before match nothing any more"
                )
            except OSError as error:
                if not self._complained:
                    self._complained = True
                    log.error(
                        "withheld numbers are not kept even as a hash: %s: %s",
                        self._path,
                        error.strerror or error,
                    )
                return None
        # BLAKE2b with a key is a MAC by design (RFC 7693 section 2.9).
        text = str(number.number).encode()
        return blake2b(text, key=self._key, digest_size=HASH_BYTES).digest()
