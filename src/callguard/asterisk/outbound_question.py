"""What an exchange asks of a call on its way out: may this line call at all?

``outbound`` is what was dialled; the caller's words are those of :mod:`.question`.
"""

from collections.abc import Mapping
from datetime import datetime

from ..numbers import classify
from ..numbers.dialled import read_dialled
from ..screening import Verdict
from ..screening.outbound import Suspensions, screen_outbound
from .question import read_caller_id, read_words, text_word

FIRST_WORD = "outbound="


def decide_outbound(argument: str, suspensions: Suspensions, now: datetime) -> Verdict:
    """Return the verdict on the call that *argument* asks about.

    Raises:
        QuestionError: it is not such a question.

    """
    words: Mapping[str, str] = read_words(argument)
    dialled = read_dialled(text_word(words, "outbound"))
    return screen_outbound(classify(read_caller_id(words)), dialled, suspensions, now)
