"""``script/bench verdict``: how long a verdict takes, from AGI arguments to the decision."""

import gc
import time
from collections.abc import Sequence
from statistics import median

from callguard.asterisk.answering import Answering
from callguard.asterisk.question import read_question
from callguard.numbers import classify
from callguard.settings import Settings

from .node import Node, memory_mb, temporary_folder
from .report import Report, Target
from .traffic import NOW, Traffic

TARGETS = {
    "median_us": Target(at_most=15),
    "p99_us": Target(at_most=60),
    "worker_rss_mb": Target(at_most=90),
}


def run(*, quick: bool) -> Report:
    """Measure; ``quick`` does a little of everything, for a smoke test."""
    report = Report("verdict", targets=TARGETS)
    traffic = Traffic(20_000 if quick else 1_000_000)
    with temporary_folder() as folder:
        node = Node.lay_out(folder, traffic)
        answering = Answering.open(Settings(data=folder / "data"))
        questions = traffic.questions(2_000 if quick else 200_000)
        report.figures = {
            "listed": traffic.listed,
            "verdicts": len(questions),
            **_verdicts(answering, questions),
        }
        report.figures |= _classifications(questions)
        with node.running():
            rss, pss = memory_mb(node.worker())
    report.figures |= {"worker_rss_mb": round(rss, 1), "worker_pss_mb": round(pss, 1)}
    return report


def _verdicts(answering: Answering, questions: Sequence[Sequence[str]]) -> dict[str, float]:
    clock = time.perf_counter_ns
    decide = answering.decide
    taken = [0] * len(questions)
    for question in questions[:2_000]:  # the policies come into memory
        decide(read_question(question), NOW)
    gc.collect()
    gc.freeze()  # as a worker does before it serves
    for place, question in enumerate(questions):
        began = clock()
        decide(read_question(question), NOW)
        taken[place] = clock() - began
    began = clock()
    for question in questions:
        decide(read_question(question), NOW)
    whole = clock() - began
    gc.unfreeze()
    taken.sort()
    return {
        "median_us": round(median(taken) / 1000, 2),
        "p99_us": round(taken[len(taken) * 99 // 100] / 1000, 2),
        "max_us": round(taken[-1] / 1000, 1),
        "verdicts_per_s": round(len(questions) / whole * 1e9),
    }


def _classifications(questions: Sequence[Sequence[str]]) -> dict[str, float]:
    """Measure ``numbers`` alone: from the raw caller ID to the classified caller."""
    clock = time.perf_counter_ns
    taken = []
    for caller_id in [read_question(question).caller_id for question in questions]:
        began = clock()
        classify(caller_id)
        taken.append(clock() - began)
    taken.sort()
    return {
        "classify_median_us": round(median(taken) / 1000, 2),
        "classify_p99_us": round(taken[len(taken) * 99 // 100] / 1000, 2),
    }
