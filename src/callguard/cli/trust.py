"""``callguard trust``."""

import argparse
import json
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from joserfc.jwk import OKPKey

from ..blocklist.errors import KeyFileError, TrustError
from ..blocklist.listing import Category
from ..blocklist.moments import write_moment
from ..feed import keys, trust_stream
from ..feed.connect import connect
from ..feed.root_draft import RootDraft, lacks
from ..feed.root_file import RootFile
from ..feed.trust_store import TrustStore, read_root
from ..feed.trusted_source import Quota, SourceKey, SourceTrust
from ..settings import load


def keygen(options: argparse.Namespace) -> int:
    """Make a root key."""
    public = Path(options.public) if options.public else None
    if public is not None and public.exists():
        raise KeyFileError(f"{public} exists already; a key is never overwritten")
    path = Path(options.key)
    key = keys.generate_root(path)
    if public is not None:
        content = {**key.as_dict(private=False), "kid": key.kid}
        try:
            with public.open("x", encoding="utf-8") as file:
                file.write(json.dumps(content, indent=2) + "\n")
        except OSError as error:
            path.unlink()  # the two are made together or not at all
            raise KeyFileError(f"{public} cannot be written: {error.strerror}") from error
    print(f"root key {key.kid}: {path} (keep it secret, and off the network)")
    return 0


def init(options: argparse.Namespace) -> int:
    """Make a root file."""
    roots = [keys.load_root(Path(file)) for file in options.root_keys]
    if not roots:
        raise KeyFileError("no root key; give one with --root-key, made by callguard trust keygen")
    count = len({key.thumbprint() for key in roots})
    threshold = options.threshold or count // 2 + 1
    expires = datetime.now(UTC) + timedelta(days=options.days)
    draft = RootDraft.new(Path(options.out), roots, threshold, expires)
    return _save(draft, (key for key in roots if key.is_private))


def add_source(options: argparse.Namespace) -> int:
    """Vouch for a source."""
    now = datetime.now(UTC)
    name, known = keys.load_public(Path(options.source))
    source = SourceTrust(
        name,
        _hold(known, now, now + timedelta(days=options.days)),
        _categories(options.categories),
        Quota(options.quota_batch, options.quota_day, options.quota_total, options.quota_share),
        options.shadow,
    )
    return _save(_draft(options).with_source(source), _private(options))


def remove_source(options: argparse.Namespace) -> int:
    """Vouch for a source no longer."""
    return _save(_draft(options).without_source(options.source), _private(options))


def rotate(options: argparse.Namespace) -> int:
    """Change a source's key, or a root key."""
    if options.source is None:
        new_root = keys.load_root(Path(_given(options.root_new, "--root-new")))
        return _save(_draft(options).with_root_key(options.root_old, new_root), _private(options))
    now = datetime.now(UTC)
    name, known = keys.load_public(Path(_given(options.new, "--new")))
    if name != options.source:
        raise KeyFileError(f"{options.new} is the key of {name}, not of {options.source}")
    new = _hold(known, now, now + timedelta(days=options.days))
    draft = _draft(options).with_source_key(name, new, now + timedelta(days=options.overlap))
    return _save(draft, _private(options))


def renew(options: argparse.Namespace) -> int:
    """Make a root file hold for longer."""
    expires = datetime.now(UTC) + timedelta(days=options.days)
    return _save(_draft(options).changed(expires=expires), _private(options))


def sign(options: argparse.Namespace) -> int:
    """Add signatures to a root file."""
    signers = _private(options)
    if not signers:
        raise KeyFileError("no root key; give one with --root-key")
    return _save(_draft(options), signers)


def install(options: argparse.Namespace) -> int:
    """Have this node believe a root file."""
    store = TrustStore(load().trust)
    first = store.load() is None
    trust = store.install(read_root(Path(options.root)), datetime.now(UTC))
    print(f"root version {trust.version} is in force: {_names(trust.sources)}")
    if first:
        print("pinned; compare its root keys with the operator by another way than the file came:")
        for kid in trust.root_keys:
            print(f"  {kid}")
    return 0


def publish(options: argparse.Namespace) -> int:
    """Send a root file to all nodes."""
    draft = _draft(options)
    roots = draft.history()
    settings = load()
    with closing(connect(options.redis or settings.redis, settings.redis_tls)) as client:
        added = trust_stream.publish(client, roots)
    earlier = f", and {added - 1} before it" if added > 1 else ""
    print(f"root version {draft.file.version} published{earlier}")
    return 0


def show(options: argparse.Namespace) -> int:
    """Show a root file."""
    if options.root is not None:
        root = _draft(options).file
    elif (trust := TrustStore(load().trust).load()) is not None:
        root = RootFile.from_bytes(trust.to_bytes())
    else:
        print("no root file is installed: no police source is believed")
        return 0
    missing = root.missing(root)
    if options.json:
        shown = {
            "version": root.version,
            "expires": write_moment(root.expires),
            "threshold": root.threshold,
            "missing": missing,
            "root_keys": list(root.keys),
            "sources": {name: one.to_json() for name, one in root.sources.items()},
        }
        print(json.dumps(shown, ensure_ascii=False))
        return 0
    lacking = f", lacks {missing}" if missing else ""
    print(f"root version {root.version}, expires {write_moment(root.expires)}")
    print(f"root keys, {root.threshold} of {len(root.keys)} must sign{lacking}:")
    for kid in root.keys:
        print(f"  {kid}")
    for source in root.sources.values():
        print(f"source {source.name}{' (on trial)' if source.shadow else ''}:")
        for kid, one in source.keys.items():
            print(f"  key         {kid}")
            print(f"    holds     {write_moment(one.not_before)} to {write_moment(one.not_after)}")
        print(f"  categories  {', '.join(sorted(source.categories))}")
        quota = source.quota
        print(
            f"  quota       {quota.batch:,} a batch, {quota.day:,} a day, {quota.total:,} in all, "
            f"{quota.share:.0%} of the list"
        )
    return 0


def _draft(options: argparse.Namespace) -> RootDraft:
    return RootDraft.load(Path(options.root))


def _private(options: argparse.Namespace) -> list[OKPKey]:
    signers = []
    for file in options.root_keys:
        key = keys.load_root(Path(file))
        if not key.is_private:
            raise KeyFileError(f"{file} is a public key; signing needs the private root key file")
        signers.append(key)
    return signers


def _save(draft: RootDraft, signers: Iterable[OKPKey]) -> int:
    for key in signers:
        draft = draft.signed_with(key)
    draft.save()
    print(f"{draft.path}: root version {draft.file.version}: {_names(draft.file.sources)}")
    if draft.missing:
        print(lacks(draft))
    return 0


def _names(sources: Mapping[str, SourceTrust]) -> str:
    return f"sources {', '.join(sources)}" if sources else "no source"


def _hold(known: Mapping[str, OKPKey], start: datetime, end: datetime) -> dict[str, SourceKey]:
    return {kid: SourceKey(key, start, end) for kid, key in known.items()}


def _categories(text: str | None) -> frozenset[Category]:
    if text is None:
        return frozenset(Category)
    try:
        return frozenset(Category(word.strip()) for word in text.split(","))
    except ValueError as error:
        raise TrustError(f"--categories: {error}; there are {', '.join(Category)}") from error


def _given(file: str | None, name: str) -> str:
    if file is None:
        raise KeyFileError(f"{name} is missing; give a file")
    return file
