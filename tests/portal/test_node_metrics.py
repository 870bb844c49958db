"""The figures of the node itself."""

from callguard.figures.standing import Standing

from .node_figures import node_collector


def samples(standing: Standing | None = None) -> dict[str, float]:
    collector = node_collector() if standing is None else node_collector(standing)
    return {
        f"{sample.name}{sorted(sample.labels.items()) if sample.labels else ''}": sample.value
        for family in collector.collect()
        for sample in family.samples
    }


def test_verdicts_are_counted_by_action_and_reason() -> None:
    found = samples()
    assert found["callguard_verdicts_total[('action', 'warn'), ('reason', 'unlisted')]"] == 1
    assert found["callguard_verdicts_total[('action', 'reject'), ('reason', 'withheld')]"] == 1
    assert found["callguard_verdicts_failed_total"] == 1


def test_the_histogram_of_decisions_is_cumulative() -> None:
    found = samples()
    assert found["callguard_decision_seconds_bucket[('le', '0.0005')]"] == 1
    assert found["callguard_decision_seconds_bucket[('le', '0.0025')]"] == 1
    assert found["callguard_decision_seconds_bucket[('le', '0.005')]"] == 2
    assert found["callguard_decision_seconds_bucket[('le', '+Inf')]"] == 2
    assert found["callguard_decision_seconds_count"] == 2
    assert round(found["callguard_decision_seconds_sum"], 6) == 0.0035


def test_every_line_of_defence_has_a_figure_before_it_was_needed() -> None:
    found = samples(Standing())
    for defence in ("daemon", "fallback", "alone"):
        assert found[f"callguard_calls_total[('defence', '{defence}')]"] == 0


def test_a_process_is_counted_with_what_it_uses() -> None:
    found = samples()
    assert found["callguard_process_up[('process', 'worker 1')]"] == 1
    assert found["callguard_process_starts_total[('process', 'worker 1')]"] == 2
    assert found["callguard_process_resident_memory_bytes[('process', 'worker 1')]"] > 1_000_000
    assert found["callguard_process_open_fds[('process', 'worker 1')]"] > 0


def test_what_asterisk_does_not_say_is_left_out() -> None:
    found = samples(Standing(asterisk_wanted=True))
    assert found["callguard_asterisk_connected"] == 0
    assert "callguard_asterisk_calls" not in found
    assert "callguard_policies" not in found
