"""The operator's root file, and its next version until enough root keys have signed it.

``ROOT`` is the newest version; each complete one before it is kept beside it as
``ROOT.<version>``, spelled like ``root.1.json``. A version that lacks signatures is a draft: a
change alters it in place, and takes away the signatures that it had.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from joserfc.jwk import OKPKey

from ..blocklist.errors import TrustError
from .root_file import RootFile
from .trust_store import read_root, replace
from .trusted_source import SourceKey, SourceTrust


@dataclass(frozen=True, slots=True)
class RootDraft:
    """A root file at its operator's."""

    path: Path
    file: RootFile
    before: RootFile | None
    """The version before, which nodes may have in force."""

    @classmethod
    def new(
        cls, path: Path, keys: Iterable[OKPKey], threshold: int, expires: datetime
    ) -> "RootDraft":
        """Begin a root without sources, version 1; nothing is written yet.

        Raises:
            TrustError: the file exists, or the threshold cannot be met.

        """
        if path.exists():
            raise TrustError(f"{path} exists already; a root is never begun anew over another")
        return cls(path, RootFile.new(1, expires, threshold, keys, {}), None)

    @classmethod
    def load(cls, path: Path) -> "RootDraft":
        """Read a root file, and the version before it if that is there.

        Raises:
            TrustError: it cannot be read, or is no root file.

        """
        file = _read(path)
        earlier = _kept(path)
        versions = [version for version in earlier if version < file.version]
        return cls(path, file, _read(earlier[max(versions)]) if versions else None)

    @property
    def missing(self) -> int:
        """How many signatures it lacks until nodes take it in."""
        lacking = self.file.missing(self.file)
        return lacking if self.before is None else max(lacking, self.file.missing(self.before))

    def changed(
        self,
        *,
        sources: Mapping[str, SourceTrust] | None = None,
        keys: Iterable[OKPKey] | None = None,
        expires: datetime | None = None,
    ) -> "RootDraft":
        """Return the next version, or this one altered if it is a draft; not signed by anybody."""
        complete = not self.missing
        file = RootFile.new(
            self.file.version + complete,
            expires or self.file.expires,
            self.file.threshold,
            self.file.keys.values() if keys is None else keys,
            self.file.sources if sources is None else sources,
        )
        return RootDraft(self.path, file, self.file if complete else self.before)

    def with_source(self, source: SourceTrust) -> "RootDraft":
        """Vouch for a source.

        Raises:
            TrustError: it is there already.

        """
        if source.name in self.file.sources:
            raise TrustError(
                f"source {source.name} is in {self.path} already; give it a new key with "
                "callguard trust rotate, or take it out with callguard trust remove-source"
            )
        return self.changed(sources={**self.file.sources, source.name: source})

    def without_source(self, name: str) -> "RootDraft":
        """Vouch for a source no longer.

        Raises:
            TrustError: it is not there.

        """
        self.source(name)
        return self.changed(
            sources={other: one for other, one in self.file.sources.items() if other != name}
        )

    def source(self, name: str) -> SourceTrust:
        """Return a source.

        Raises:
            TrustError: it is not there.

        """
        if name not in self.file.sources:
            known = ", ".join(self.file.sources) or "none"
            raise TrustError(f"source {name[:40]!r} is not in {self.path}; there are {known}")
        return self.file.sources[name]

    def with_source_key(
        self, name: str, keys: Mapping[str, SourceKey], overlap_ends: datetime
    ) -> "RootDraft":
        """Give a source new keys; those that it has hold until *overlap_ends* at the longest.

        Raises:
            TrustError: the source is not there, or a new key is one that it has.

        """
        source = self.source(name)
        if same := keys.keys() & source.keys.keys():
            raise TrustError(f"source {name} has the key {', '.join(sorted(same))} already")
        old = {
            kid: SourceKey(one.key, one.not_before, min(one.not_after, overlap_ends))
            for kid, one in source.keys.items()
            if one.not_before < overlap_ends
        }
        changed = SourceTrust(name, {**old, **keys}, source.categories, source.quota, source.shadow)
        return self.changed(sources={**self.file.sources, name: changed})

    def with_root_key(self, old: str, new: OKPKey) -> "RootDraft":
        """Put a new root key in the place of an old one.

        Raises:
            TrustError: the old one is not there, or the new one is.

        """
        if old not in self.file.keys:
            known = ", ".join(self.file.keys)
            raise TrustError(f"{old[:64]!r} is no root key of {self.path}; there are {known}")
        if new.thumbprint() in self.file.keys:
            raise TrustError(f"{new.thumbprint()} is a root key of {self.path} already")
        return self.changed(
            keys=[new if kid == old else key for kid, key in self.file.keys.items()]
        )

    def signed_with(self, key: OKPKey) -> "RootDraft":
        """Add the signature of a private root key, of this version or the one before.

        Raises:
            TrustError: it is a root key of neither.

        """
        known = {**(self.before.keys if self.before else {}), **self.file.keys}
        if key.thumbprint() not in known:
            raise TrustError(
                f"{key.thumbprint()} is no root key of {self.path}; there are {', '.join(known)}"
            )
        return RootDraft(self.path, self.file.signed_with(key), self.before)

    def save(self) -> None:
        """Write the root file, and the version before beside it.

        Raises:
            TrustError: the disk does not take it.

        """
        try:
            if self.before is not None:
                replace(_version_path(self.path, self.before.version), self.before.data)
            replace(self.path, self.file.data)
        except OSError as error:
            raise TrustError(f"{self.path} cannot be written: {error.strerror}") from error

    def history(self) -> Mapping[int, bytes]:
        """Return every complete version by its number, the newest last.

        Raises:
            TrustError: the newest lacks signatures, or a file cannot be read.

        """
        if self.missing:
            raise TrustError(lacks(self))
        earlier = {
            version: read_root(path)
            for version, path in sorted(_kept(self.path).items())
            if version < self.file.version
        }
        return MappingProxyType({**earlier, self.file.version: self.file.data})


def lacks(draft: RootDraft) -> str:
    """Say how many signatures a draft lacks, and how to mend it."""
    return (
        f"{draft.path}: version {draft.file.version} lacks {draft.missing} "
        f"signature{'s'[: draft.missing != 1]}; add with callguard trust sign {draft.path} "
        "--root-key FILE"
    )


def _version_path(path: Path, version: int) -> Path:
    return path.with_name(f"{path.stem}.{version}{path.suffix}")


def _kept(path: Path) -> dict[int, Path]:
    """Return the versions kept beside a root file, by number."""
    form = re.compile(rf"{re.escape(path.stem)}\.([1-9][0-9]{{0,15}}){re.escape(path.suffix)}")
    return {
        int(found[1]): one for one in path.parent.iterdir() if (found := form.fullmatch(one.name))
    }


def _read(path: Path) -> RootFile:
    data = read_root(path)
    try:
        return RootFile.from_bytes(data)
    except TrustError as error:
        raise TrustError(f"{path}: {error}") from error
