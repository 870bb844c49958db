"""Calls by the API: a page at a time, filtered, searched, counted; nothing withheld is told."""

from datetime import timedelta

from callguard.screening import Action, Reason

from ..called import log_call
from ..site import NOON, Site
from .client import Program


def fill(site: Site, count: int) -> list[str]:
    """Log calls, an hour apart, the newest last; return their names, newest first."""
    return [
        log_call(
            site.database,
            site.household,
            f"050-9999-{n:04}",
            NOON - timedelta(hours=count - n),
            action=Action.REJECT if n % 2 else Action.WARN,
        )
        for n in range(count)
    ][::-1]


async def test_pages_follow_each_other_without_gap_or_repetition(site: Site) -> None:
    names = fill(site, 7)
    program = Program.of(site)
    seen: list[str] = []
    cursor = ""
    for _ in range(4):
        answer = await program.get(f"calls?limit=2{cursor}")
        seen += [call["id"] for call in answer.content["calls"]]
        if answer.content["next"] is None:
            break
        cursor = f"&cursor={answer.content['next']}"
    assert seen == names


async def test_calls_are_filtered_and_searched(site: Site) -> None:
    fill(site, 4)
    program = Program.of(site)

    async def numbers(query: str) -> list[str]:
        answer = await program.get(f"calls?{query}")
        return [call["number_shown"] for call in answer.content["calls"]]

    assert await numbers("action=reject") == ["050-9999-0003", "050-9999-0001"]
    assert await numbers("search=050-9999-0002") == ["050-9999-0002"]
    assert await numbers("search=%F0%9F%8F%A5") == []
    since = (NOON - timedelta(hours=2)).isoformat().replace("+", "%2B")
    assert await numbers(f"since={since}") == ["050-9999-0003", "050-9999-0002"]
    assert await numbers(f"until={since}") == ["050-9999-0001", "050-9999-0000"]


async def test_one_call_is_told_with_why(site: Site) -> None:
    (name,) = fill(site, 1)
    answer = await Program.of(site).get(f"calls/{name}")
    assert answer.content["number"] == "+815099990000"
    assert answer.content["why"]
    assert (await Program.of(site).get("calls/ffffffffffffffff")).status == 404


async def test_a_withheld_caller_has_no_number(site: Site) -> None:
    log_call(
        site.database, site.household, None, NOON, action=Action.REJECT, reason=Reason.WITHHELD
    )
    answer = await Program.of(site).get("calls")
    (call,) = answer.content["calls"]
    assert (call["origin"], call["number"], call["number_shown"]) == ("withheld", None, None)


async def test_calls_are_counted(site: Site) -> None:
    fill(site, 5)
    program = Program.of(site)
    answer = await program.get("tally")
    assert {name: answer.content[name] for name in ("total", "refused", "warned")} == {
        "total": 5,
        "refused": 2,
        "warned": 3,
    }
    for query in (
        "since=2026-11-27T12:00:00Z&until=2026-11-26T12:00:00Z",
        "since=2024-11-27T12:00:00Z&until=2026-11-26T12:00:00Z",
        "since=2026-02-30T12:00:00Z",
    ):
        assert (await program.get(f"tally?{query}")).status == 422


async def test_another_households_call_is_not_there(site: Site) -> None:
    (name,) = fill(site, 1)
    stranger = Program.of(site, "stranger", household=site.other)
    answer = await stranger.get(f"/api/v1/households/{site.other}/calls/{name}")
    assert (answer.status, answer.detail) == (404, "there is no such call, or it has been erased")
