"""What the documents say of commands is what the parser takes."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from callguard.cli import _parser
from callguard.notify.topics import Topic

from .commands_page import PAGE, page

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "README.ja.md", "CONTRIBUTING.md")),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "asterisk-config").rglob("*.md"),
    ]
)

_SHELL = re.compile(r"^ *```(?:sh|bash|console)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_INNER = re.compile(r"\$\([^()]*\)")
_SET = re.compile(r"[A-Z_]+=")


def command_lines(document: Path) -> Iterator[list[str]]:
    """Yield the words of every command in the blocks of shell, without what is set before it."""
    for block in _SHELL.findall(document.read_text(encoding="utf-8")):
        lexer = shlex.shlex(
            _INNER.sub("INNER", block.replace("\\\n", " ")), posix=True, punctuation_chars="|&;<>\n"
        )
        lexer.whitespace = " \t"
        lexer.whitespace_split = True
        lexer.commenters = ""
        words: list[str] = []
        comment = False
        for word in [*lexer, "\n"]:
            ends = set(word) <= set("|&;<>\n")
            if ends and (not comment or "\n" in word):
                yield words
                words, comment = [], False
            elif comment or word.startswith("#"):
                comment = True
            elif words or not _SET.match(word):
                words.append(word)


def _refusal(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return what the parser says against the arguments, "" if it takes them."""
    try:
        _parser().parse_args(arguments)
    except SystemExit:
        return capsys.readouterr().err
    return ""


def test_the_documents_show_commands() -> None:
    shown = {words[0] for document in PAGES for words in command_lines(document) if words}
    assert {"callguard", ".venv/bin/callguard", "script/up"} <= shown


@pytest.mark.parametrize("document", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_of_a_document_is_taken(
    document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in command_lines(document):
        if not words or "…" in words:
            continue
        if words[0].split("/")[-1] == "callguard" and words[1:]:
            assert _refusal(words[1:], capsys) == "", shlex.join(words)
        if words[0].startswith("script/"):
            assert (ROOT / words[0]).is_file(), words[0]


def test_the_page_of_commands_is_the_parser() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.cli.commands_page"


def test_every_argument_says_what_it_is() -> None:
    wordless = [line for line in page().splitlines() if re.fullmatch(r"\| `.*` \|( \|)?", line)]
    assert wordless == []


@pytest.mark.parametrize("topic", Topic)
def test_every_topic_of_notices_is_documented(topic: Topic) -> None:
    assert f"`{topic}`" in (ROOT / "docs" / "notices.md").read_text(encoding="utf-8")
