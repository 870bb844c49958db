"""A message for the tests of sending."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from callguard.notify.letters import Letter
from callguard.notify.senders import Abandoned

AT = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)


def letter(address: str, **values: Any) -> Letter:
    return replace(
        Letter(
            kind="mail",
            address=address,
            language="ja",
            title="中村家：試しのお知らせです",
            text="届いていれば、\n<準備> は & できています。",
            link="https://guard.example.jp/h/1/notices",
            urgent=False,
            reference="0123456789abcdef0123456789abcdef",
            at=AT,
        ),
        **values,
    )


@dataclass
class Step:
    """The step that cannot be undone: counts how often it was taken."""

    allowed: bool = True
    taken: int = field(default=0)

    async def __call__(self) -> None:
        if not self.allowed:
            raise Abandoned
        self.taken += 1
