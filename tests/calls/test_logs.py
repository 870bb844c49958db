"""No log of a whole run, of callguard, Asterisk or Valkey, tells a number, a name or a secret."""

import asyncio
import re
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest_asyncio

from callguard.demo.home import Home

from .conftest import publish
from .logged import DISCLOSED, WITHHELD

CALLERS = {
    "unlisted": "0422990177",
    "listed": "0422990666",
    "disclosed": "0422990987",
    "overseas": "12025550123",
    "while callguard was down": "0422990199",
}
LINE_DIGITS = "422990000"
NAMES = ("daughter", "hanako@example.jp", "correct horse battery")


def logs(home: Home) -> dict[str, str]:
    """What every log of the home holds, by its path."""
    paths = [
        home.callguard_log,
        *(home.folder / "asterisk" / "log").rglob("*"),
        *(home.folder / "data").rglob("*.log"),
    ]
    found = {
        str(path.relative_to(home.folder)): path.read_text(errors="replace")
        for path in paths
        if path.is_file()
    }
    assert found["callguard.log"]
    assert "data/feed/valkey.log" in found
    assert any(name.startswith("asterisk/log/") for name in found)
    return found


async def place(home: Home, sender: str, *headers: str) -> None:
    """Place a call, and hang up as soon as it has been decided on."""
    async with (
        home.phone(ring_seconds=60),
        home.caller(sender, *headers, quits=True, talk_seconds=0.1) as caller,
    ):
        await caller.ended()
        assert await home.channels.of(caller, 30), "nothing was decided"


def post(home: Home, path: str, **fields: str) -> None:
    """Send a form that the portal refuses."""
    data = urllib.parse.urlencode(fields).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{home.ports.http}{path}", data=data)
    try:
        with urllib.request.urlopen(request, timeout=60):
            pass
    except urllib.error.HTTPError as error:
        error.close()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def run(home: Home) -> Home:
    """Calls of every kind, a feed, a report, an invitation, a wrong password, each line broken."""

    shown = {name: f'"{name}" <sip:{number}@trunk.invalid>' for name, number in CALLERS.items()}
    await publish(home, CALLERS["listed"])
    await place(home, shown["unlisted"])
    await place(home, shown["listed"])
    await place(home, WITHHELD, *DISCLOSED)
    await place(home, shown["overseas"].replace("sip:", "sip:+"))
    await home.command("report", CALLERS["unlisted"], "--line", "0422-99-0000")
    await home.command("people", "invite", "--line", "0422-99-0000", "--name", "daughter")
    await asyncio.to_thread(post, home, "/sign-in", mail=NAMES[1], password=NAMES[2])
    await home.stop_callguard()
    database = home.folder / "data" / "households.db"
    hidden = database.with_name("hidden")
    database.rename(hidden)
    await place(home, shown["while callguard was down"])
    return home


async def test_no_log_tells_who_called_whom(run: Home) -> None:
    for name, text in logs(run).items():
        for number in (*CALLERS.values(), LINE_DIGITS):
            digits = number.removeprefix("0")
            assert not re.search(r"[-. ()]?".join(digits), text), f"{name} tells {number}"


async def test_no_log_tells_a_secret_or_a_name(run: Home) -> None:
    secrets = [(run.folder / "ami.secret").read_text(), *NAMES]
    for name, text in logs(run).items():
        for secret in secrets:
            assert secret not in text, f"{name} tells {secret!r}"


async def test_the_logs_tell_what_was_decided_all_the_same(run: Home) -> None:
    text = logs(run)["callguard.log"]
    for verdict in ("warn, unlisted", "reject, fraud-list", "reject, withheld", "reject, overseas"):
        assert verdict in text


async def test_every_log_is_looked_at(run: Home) -> None:
    """A log that somebody adds later has to come into ``logs``."""
    known = set(logs(run))
    for path in Path(run.folder).rglob("*"):
        if path.is_file() and re.search(r"(\.log$|/log/|messages)", str(path)):
            assert str(path.relative_to(run.folder)) in known
