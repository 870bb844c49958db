"""``callguard feed verify`` and ``tail``."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from .conftest import Run, trust


@pytest.fixture
def batch(run: Run, tokyo: Path, feed: redis.Redis) -> Path:
    """The file of a batch that tokyo has published."""
    words = ("--category", "refund", "--reference", "A-17", "0422-99-0001")
    assert run("feed", "publish", "--key", str(tokyo), *words).status == 0
    return tokyo.with_name("tokyo.json.outbox") / "1.batch"


SAID = ": lists 1 number (refund, reference 'A-17')\n"


def test_a_batch_is_verified_against_the_root(
    run: Run, batch: Path, tokyo: Path, data: Path
) -> None:
    trust(tokyo, data)
    ran = run("feed", "verify", str(batch))
    assert ran.out.startswith("source tokyo: batch 1, ")
    assert ran.out.endswith(SAID)


def test_a_batch_is_verified_against_a_public_key(
    run: Run, batch: Path, tokyo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = str(tokyo.with_suffix(".public.json"))
    stdin = io.TextIOWrapper(io.BytesIO(batch.read_bytes() + b"\n"))
    monkeypatch.setattr("sys.stdin", stdin)
    assert run("feed", "verify", "-", "--public", public).out.endswith(SAID)
    content = json.loads(run("feed", "verify", str(batch), "--public", public, "--json").out)
    assert (content["kind"], content["source"]) == ("callguard-batch+jws", "tokyo")
    assert content["operations"][0]["add"] == ["+81422990001"]


def test_a_batch_that_was_changed_is_refused(
    run: Run, batch: Path, tokyo: Path, tmp_path: Path
) -> None:
    token = batch.read_bytes()
    batch.write_bytes(token[:-8] + (b"AAAAAAAA" if token[-8:] != b"AAAAAAAA" else b"BBBBBBBB"))
    public = str(tokyo.with_suffix(".public.json"))
    ran = run("feed", "verify", str(batch), "--public", public)
    assert ran.error.startswith("source tokyo: the signature of a batch does not hold")


def test_without_a_root_nothing_can_be_verified(run: Run, batch: Path) -> None:
    assert run("feed", "verify", str(batch)).error.startswith("no root of trust is installed")
    assert run("feed", "tail").error.startswith("no root of trust is installed")


def test_a_file_that_is_not_there_is_told(run: Run) -> None:
    assert run("feed", "verify", "none").error == "none cannot be read: No such file or directory"


def test_a_source_that_is_not_trusted_is_not_listened_to(run: Run, tokyo: Path, data: Path) -> None:
    trust(tokyo, data)
    ran = run("feed", "tail", "--source", "osaka")
    assert ran.error == "source 'osaka' is not trusted on this node"


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["text", "JSON"])
def test_what_comes_is_told_until_stopped(
    run: Run, batch: Path, tokyo: Path, data: Path, feed: redis.Redis, options: tuple[str, ...]
) -> None:
    trust(tokyo, data)
    tail = subprocess.Popen(
        [sys.executable, "-m", "callguard", "feed", "tail", "--source", "tokyo", *options],
        env={**os.environ},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert tail.stdout is not None
        assert "A-17" in tail.stdout.readline()
        run("feed", "retract", "--key", str(tokyo), "0422-99-0001")
        assert ("remove" if options else "takes 1 number off") in tail.stdout.readline()
        feed.xadd("callguard:feed:tokyo", {"batch": b"forged"}, id="3-0")
        line = tail.stdout.readline()
        assert "3-0" in line
        assert "refused" in line
        tail.send_signal(signal.SIGINT)
        assert tail.wait(20) == 130
    finally:
        tail.kill()
        tail.communicate()
