"""Each folder of the package says what it is for, in one line."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src"
FOLDERS = sorted(path.parent for path in SOURCE.rglob("*.py"))


@pytest.mark.parametrize(
    "folder", sorted(set(FOLDERS) - {SOURCE}), ids=lambda path: str(path.relative_to(SOURCE))
)
def test_a_folder_says_what_it_is_for(folder: Path) -> None:
    text = (folder / "__init__.py").read_text(encoding="utf-8")
    purpose, _, _ = (ast.get_docstring(ast.parse(text)) or "").partition("\n")
    assert purpose
    assert purpose[-1] in ".…"
