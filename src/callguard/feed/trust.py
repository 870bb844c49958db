"""Whom a node believes: a root file, and the only way from one version of it to the next.

The whole argument is here, after the root role of The Update Framework (TUF 1.0.31, section 5.3),
and it is pure: bytes go in, and either a new trust comes out or an error is raised.
"""

from collections.abc import Mapping
from datetime import datetime

from joserfc.jwk import OKPKey

from ..blocklist.errors import TrustError
from ..blocklist.moments import write_moment
from .root_file import RootFile
from .trusted_source import SourceTrust


class Trust:
    """A root file that is signed by enough of its own root keys. It never changes."""

    __slots__ = ("_root",)

    def __init__(self, root: RootFile) -> None:
        """Believe *root*.

        Raises:
            TrustError: too few of its own root keys have signed it.

        """
        if missing := root.missing(root):
            raise TrustError(
                f"root version {root.version} lacks {_signatures(missing)} of its own root keys"
            )
        self._root = root

    @classmethod
    def from_bytes(cls, data: bytes) -> "Trust":
        """Read a root file that is believed because of where it is from.

        An expired one is read too: whoever uses it sees ``expires``.

        Raises:
            TrustError: it is no root file, or too few of its own root keys have signed it.

        """
        return cls(RootFile.from_bytes(data))

    @property
    def version(self) -> int:
        """Number of this version, from 1."""
        return self._root.version

    @property
    def expires(self) -> datetime:
        """When this version ends to be taken in (aware)."""
        return self._root.expires

    @property
    def threshold(self) -> int:
        """How many of the root keys have to sign a change."""
        return self._root.threshold

    @property
    def root_keys(self) -> Mapping[str, OKPKey]:
        """The public root keys, by their RFC 7638 thumbprint."""
        return self._root.keys

    @property
    def sources(self) -> Mapping[str, SourceTrust]:
        """The sources, by name."""
        return self._root.sources

    def to_bytes(self) -> bytes:
        """Return the root file as it came."""
        return self._root.data

    def check_fresh(self, now: datetime) -> None:
        """Refuse a root that has ended (TUF 5.3.10).

        Raises:
            TrustError: it has expired at *now* (aware).

        """
        if now >= self.expires:
            raise TrustError(
                f"root version {self.version} expired at {write_moment(self.expires)}; "
                "its operator has to issue a newer one"
            )

    def update(self, data: bytes, now: datetime) -> "Trust":
        """Go on to a newer root file.

        Versions may be skipped, other than in TUF, by a file that enough of the root keys of
        *this* version have signed: they could have signed every version between.

        Raises:
            TrustError: it is no root file, not newer than this one (TUF 5.3.5), not signed by
                enough root keys of this version and of its own (5.3.4), or expired at *now*
                (aware; 5.3.10).

        """
        root = RootFile.from_bytes(data)
        if root.version <= self.version:
            raise TrustError(
                f"root version {root.version} is not newer than version {self.version}, "
                "which is in force"
            )
        if missing := root.missing(self._root):
            between = (
                f"; take in the versions between first, from {self.version + 1} on"
                if root.version > self.version + 1
                else ""
            )
            raise TrustError(
                f"root version {root.version} lacks {_signatures(missing)} of the root keys of "
                f"version {self.version}, which is in force{between}"
            )
        newer = Trust(root)
        newer.check_fresh(now)
        return newer


def _signatures(count: int) -> str:
    return f"{count} signature{'s'[: count != 1]}"
