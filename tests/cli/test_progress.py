"""The bar that a person who watches sees."""

import io

import pytest

from callguard.cli.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_how_far_it_is_and_nothing_in_the_end() -> None:
    screen = Terminal()
    with Progress("reading", 200, screen) as progress:
        progress.at(100)
        assert screen.getvalue().endswith(f"\rreading [{'#' * 15}{' ' * 15}]  50%")
        progress.at(200)
        assert screen.getvalue().endswith(f"\rreading [{'#' * 30}] 100%")
    assert screen.getvalue().endswith("\r\x1b[K")


def test_it_is_wiped_out_after_an_error_too() -> None:
    screen = Terminal()
    with pytest.raises(OSError, match="full"), Progress("reading", 2, screen):
        raise OSError("full")
    assert screen.getvalue().endswith("\r\x1b[K")


def test_more_than_all_is_all() -> None:
    screen = Terminal()
    with Progress("reading", 0, screen) as progress:
        progress.at(7)
    assert "100%" in screen.getvalue()


def test_a_file_gets_no_bar() -> None:
    file = io.StringIO()
    with Progress("reading", 2, file) as progress:
        progress.at(1)
    assert file.getvalue() == ""
