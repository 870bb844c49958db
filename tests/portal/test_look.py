"""What pages do to a text before they show it."""

import pytest

from callguard.portal.look import unbroken


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("医院（0422-99-0001）", '医院（<span class="number">0422-99-0001</span>）'),
        ("+1 202-555-0110", '<span class="number">+1 202-555-0110</span>'),
        ("文面 2026-11-27.3", '文面 <span class="number">2026-11-27.3</span>'),
        ("3回、110番、<b>", "3回、110番、&lt;b&gt;"),
    ],
)
def test_a_number_or_version_in_a_text_stays_on_one_line(text: str, shown: str) -> None:
    assert unbroken(text) == shown
