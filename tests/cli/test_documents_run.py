"""Commands that documents show are run, in their order, each page in a home of its own."""

import shlex
from pathlib import Path

import pytest

from .conftest import LINE, Run
from .test_documents import PAGES, ROOT, command_lines

_FEED = "asks the feed's server; tests/cli/test_feed.py"
_LATER_DAY = "asks for what a real day has left behind"

NOT_RUN = {
    ("", "serve"): "runs until it is stopped; tests/node/test_run.py",
    ("", "doctor"): "looks at the machine, and at a node that runs; tests/node/test_doctor.py",
    ("", "feed publish"): _FEED,
    ("", "feed retract"): _FEED,
    ("", "feed snapshot"): _FEED,
    ("", "feed heartbeat"): "runs until it is stopped; tests/cli/test_feed.py",
    ("", "feed status"): _FEED,
    ("", "feed approve"): _FEED,
    ("", "reports list"): _FEED.replace("feed.py", "reports.py"),
    ("", "reports accept"): _FEED.replace("feed.py", "reports.py"),
    ("", "reports dismiss"): _FEED.replace("feed.py", "reports.py"),
    ("", "feed import"): "is shown with a table that is wrong; tests/cli/test_feed_import.py",
    ("", "feed verify"): "reads what another machine has printed; tests/cli/test_feed_why.py",
    ("", "backup"): "writes outside the home, or bytes; tests/backup",
    ("", "restore"): "reads what is outside the home; tests/backup",
    ("", "carrier"): "an exchange's files lie outside the home; tests/cli/test_carrier.py",
    ("household.ja.md", ""): "run with its settings by tests/asterisk/test_household_page.py",
    ("carrier.md", "trust install"): "the file is made on another machine, as trust.md says",
    ("police-source.md", "trust"): "the root of trust is the demo's; trust.md has one of its own",
    (
        "trust.md",
        "trust init --root-key a.key.json",
    ): "begins anew, with the keys of three machines",
    ("trust.md", "trust sign"): "takes the keys of three machines; tests/cli/test_trust.py",
    ("recordings.md", "recordings export"): f"{_LATER_DAY}; tests/cli/test_recordings.py",
    ("recordings.md", "recordings erase"): f"{_LATER_DAY}; tests/cli/test_recordings.py",
    ("household.md", "people remove"): f"{_LATER_DAY}; tests/cli/test_people.py",
}
"""Commands that are not run, by page ("": any) and how they begin; and why."""

_SUBSCRIBERS = """line,name,consent_by,consent_at,evidence,digest
0422-99-0020,A home,the subscriber,2026-11-24,form 20,{digest}
0422-99-0021,Another,,,,
""".format(digest="0" * 64)

FILES = {
    "carrier.md": {"subscribers.csv": _SUBSCRIBERS},
    "police-source.md": {"var/source/july.csv": "番号\n0422-99-0160\n"},
    "subscribers.md": {
        "subscribers.csv": _SUBSCRIBERS,
        "gone.csv": "line\n0422-99-0021\n",
        "list.csv": "line\n0422-99-0000\n",
    },
}
"""What a page takes for granted in the folder."""

BEFORE = {
    "trust.md": (
        "feed keygen --source example --key example.key.json --public example.public.json",
        "trust keygen --key b.key.json --public b.public.json",
        "trust keygen --key c.key.json --public c.public.json",
    ),
}
"""What others have done before the page begins."""


def commands(document: Path) -> list[list[str]]:
    """Return the arguments of the page's commands of callguard."""
    return [
        words[1:]
        for words in command_lines(document)
        if words and words[0].split("/")[-1] == "callguard" and words[1:]
    ]


def why_not(document: Path, words: list[str]) -> str:
    """Return why a command is not run; "" if it is."""
    line = f"{shlex.join(words)} "
    for (page, begins), why in NOT_RUN.items():
        if page in {"", document.name} and (not begins or line.startswith(f"{begins} ")):
            return why
    return ""


SHOWN = [page for page in PAGES if any(not why_not(page, words) for words in commands(page))]


@pytest.fixture
def home(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run commands in a folder of its own, in which the demo's household is signed up."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    monkeypatch.chdir(folder)
    signed_up = run("household", "add", "--line", LINE, "--name", "Demo household", "--consent")
    assert signed_up.status == 0
    return run


@pytest.mark.parametrize("document", SHOWN, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_page_do_what_they_say(document: Path, home: Run) -> None:
    for name, text in FILES.get(document.name, {}).items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    for line in BEFORE.get(document.name, ()):
        assert home(*line.split()).status == 0
    for words in commands(document):
        if not why_not(document, words):
            ran = home(*words)
            assert (ran.status, ran.err) == (0, ""), shlex.join(words)


def test_what_is_not_run_is_still_shown() -> None:
    shown = [(page.name, f"{shlex.join(words)} ") for page in PAGES for words in commands(page)]
    for page, begins in NOT_RUN:
        assert any(
            page in {"", name} and (not begins or line.startswith(f"{begins} "))
            for name, line in shown
        ), f"no page shows {page} {begins} any more"
