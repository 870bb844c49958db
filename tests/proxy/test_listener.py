"""``POST /api/v1/screen`` at a worker: the verdict, what is kept first, what cannot go wrong."""

import asyncio
import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callguard.calllog.record import read
from callguard.households.reader import PolicyUnavailable

from ..asterisk.dialplan import ALLOWED, LINE
from .conftest import SHOWN, TOKEN, Proxy

pytestmark = pytest.mark.slow

ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1'
OVERSEAS = "<sip:+12025550123@example.com>"


async def test_a_withheld_call_is_refused_with_433(proxy: Proxy) -> None:
    asked = await proxy.ask(called=LINE, **{"from": ANONYMOUS, "privacy": "id"})
    assert asked.status == 200
    assert asked.content["action"] == "reject"
    assert asked.content["reason"] == "withheld"
    assert asked.content["caller"] == {"origin": "withheld"}
    assert asked.content["route"] == "refuse"
    assert asked.content["sip"] == {
        "code": 433,
        "phrase": "Anonymity Disallowed",
        "headers": {
            "Reason": 'Q.850;cause=21;text="call rejected"',
            "P-Callguard-Call": asked.content["call"],
        },
    }


async def test_an_unknown_caller_goes_to_a_node_to_be_warned(proxy: Proxy) -> None:
    asked = await proxy.ask(called=LINE, **{"from": "<sip:0422992222@x>"})
    assert (asked.content["action"], asked.content["route"]) == ("warn", "node")
    assert "sip" not in asked.content


async def test_an_allowed_caller_goes_on(proxy: Proxy) -> None:
    asked = await proxy.ask(called=LINE, **{"from": f"<sip:{ALLOWED}@x>"})
    assert (asked.content["reason"], asked.content["route"]) == ("household-allow", "onward")


async def test_the_networks_word_counts_before_the_callers(proxy: Proxy) -> None:
    asked = await proxy.ask(called=LINE, pai=[OVERSEAS], **{"from": f"<sip:{ALLOWED}@x>"})
    assert asked.content["reason"] == "overseas"


async def test_a_trunk_from_abroad_counts_before_the_number(proxy: Proxy) -> None:
    asked = await proxy.ask(called=LINE, abroad=True, **{"from": "<sip:0422992222@x>"})
    assert asked.content["reason"] == "overseas"


async def test_the_called_line_may_be_a_header(proxy: Proxy) -> None:
    called = f"<sip:{LINE.replace('-', '')}@carrier.invalid;user=phone>;tag=2"
    asked = await proxy.ask(called=called, **{"from": ANONYMOUS})
    assert asked.content["reason"] == "withheld"


async def test_a_line_that_has_not_agreed_is_not_screened(proxy: Proxy) -> None:
    asked = await proxy.ask(called="0422990777", **{"from": ANONYMOUS})
    assert (asked.content["action"], asked.content["reason"]) == ("connect", "no-consent")
    assert proxy.journal.records == []


async def test_a_line_that_dialled_110_receives_anything(proxy: Proxy) -> None:
    dialled = datetime.now(UTC).isoformat(timespec="seconds")
    asked = await proxy.ask(called=LINE, emergency_dialled_at=dialled, **{"from": ANONYMOUS})
    assert asked.content["reason"] == "emergency-callback"


async def test_a_refusal_is_kept_before_it_is_told_and_is_over(proxy: Proxy) -> None:
    proxy.journal.slow.clear()
    asking = asyncio.create_task(proxy.ask(called=LINE, pai=[OVERSEAS]))
    await asyncio.wait([asking], timeout=0.1)
    assert not asking.done()
    proxy.journal.slow.set()
    asked = await asking
    (kept,) = map(read, proxy.journal.records)
    assert kept.call_id == asked.content["call"]
    assert kept.columns(1)["outcome"] == "refused"
    assert kept.columns(1)["ended_at"] == kept.at


async def test_of_what_a_node_screens_again_nothing_is_kept(proxy: Proxy) -> None:
    fields: dict[str, Any] = {"called": LINE, "passed_on": ["warn", "challenge"]}
    asked = await proxy.ask(**fields, **{"from": "<sip:0422992222@x>"})
    assert asked.content["action"] == "warn"
    assert "call" not in asked.content
    assert proxy.journal.records == []
    await proxy.ask(**fields, pai=[OVERSEAS])
    assert len(proxy.journal.records) == 1


async def test_what_a_node_is_to_announce_goes_to_a_node(proxy: Proxy) -> None:
    asked = await proxy.ask(called=LINE, passed_on=["withheld"], **{"from": ANONYMOUS})
    assert (asked.content["action"], asked.content["route"]) == ("reject", "node")
    assert "sip" not in asked.content
    assert proxy.journal.records == []


async def test_a_header_that_json_cannot_hold_comes_in_base64(proxy: Proxy) -> None:
    sender = b'"\xff\x00\\\x1b" <sip:anonymous@anonymous.invalid>'
    asked = await proxy.ask(
        encoding="base64",
        called=b64encode(LINE.encode()).decode(),
        **{"from": b64encode(sender).decode()},
    )
    assert asked.content["reason"] == "withheld"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body.called"),
        ({"called": 1}, "body.called"),
        ({"called": "x" * 2049}, "body.called"),
        ({"called": LINE, "From": "x"}, "body.From"),
        ({"called": LINE, "pai": "x"}, "body.pai"),
        ({"called": LINE, "pai": ["x"] * 5}, "body.pai"),
        ({"called": LINE, "passed_on": ["refuse"]}, "body.passed_on[0]"),
        ({"called": LINE, "emergency_dialled_at": "yesterday"}, "body.emergency_dialled_at"),
        ({"called": LINE, "encoding": "utf-8"}, "body.encoding"),
    ],
)
async def test_what_is_wrong_with_a_question_is_named(
    proxy: Proxy, body: dict[str, Any], field: str
) -> None:
    asked = await proxy.ask(**body)
    assert asked.status == 400
    assert [error["field"] for error in asked.content["errors"]] == [field]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"called": "???"}, "body.called"),
        ({"called": "eA==", "privacy": "eA"}, "body.privacy"),
        ({"called": "eA==", "pai": ["eA==", "x"]}, "body.pai[1]"),
    ],
)
async def test_what_is_not_in_base64_is_named(
    proxy: Proxy, body: dict[str, Any], field: str
) -> None:
    asked = await proxy.ask(encoding="base64", **body)
    assert asked.status == 422
    assert [error["field"] for error in asked.content["errors"]] == [field]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"\xff"', b'{"called": "\\ud800"}'])
async def test_what_is_no_question_is_refused(proxy: Proxy, body: bytes) -> None:
    assert (await proxy.send(data=body)).status == 400


async def test_a_body_beyond_the_limit_is_refused(proxy: Proxy) -> None:
    assert (await proxy.send(data=b" " * (16 * 1024 + 1))).status == 413


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer x"}, {"Authorization": "Basic x"}, {"Authorization": ""}],
)
async def test_nobody_asks_without_the_token(proxy: Proxy, headers: dict[str, str]) -> None:
    asked = await proxy.send(headers=headers, json={"called": LINE})
    assert asked.status == 401
    assert asked.headers["WWW-Authenticate"] == "Bearer"


async def test_the_token_may_be_a_password(proxy: Proxy) -> None:
    shown = "Basic " + b64encode(f"callguard:{TOKEN}".encode()).decode()
    assert (await proxy.send(headers={"Authorization": shown}, json={"called": LINE})).status == 200


async def test_it_takes_no_other_method(proxy: Proxy) -> None:
    assert (await proxy.send("GET")).status == 405


async def test_without_policies_the_call_goes_on_and_says_so(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise PolicyUnavailable("gone")

    monkeypatch.setattr(proxy.answering.policies, "policy", fail, raising=False)
    asked = await proxy.ask(called=LINE, **{"from": ANONYMOUS})
    assert asked.status == 200
    assert asked.headers["Callguard-Open"] == "policies"
    assert asked.content == {"action": "connect", "route": "node", "open": "policies"}


async def test_a_fault_of_ours_lets_the_call_go_on(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(proxy.answering.policies, "policy", fail, raising=False)
    asked = await proxy.ask(called=LINE, **{"from": ANONYMOUS})
    assert asked.content["open"] == asked.headers["Callguard-Open"] == "fault"
    assert "no verdict" in caplog.text


async def test_a_question_that_does_not_come_to_an_end_is_answered(proxy: Proxy) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    head = [
        "POST /api/v1/screen HTTP/1.1",
        "Host: x",
        f"Authorization: {SHOWN['Authorization']}",
        "Content-Length: 100",
    ]
    writer.write("\r\n".join([*head, "", "{"]).encode())
    async with asyncio.timeout(30):
        answer = await reader.readuntil(b'"open":"deadline"')
    writer.close()
    assert b"Callguard-Open: deadline" in answer


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
headers = st.one_of(
    texts,
    st.sampled_from([ANONYMOUS, OVERSEAS, f"<sip:{ALLOWED}@x>", "<tel:110>", "sip:", "<sip:@>"]),
    st.builds('"{}" <sip:{}@{}>;{}'.format, texts, texts, texts, texts),
)
questions = st.fixed_dictionaries(
    {"called": st.one_of(st.just(LINE), headers)},
    optional={
        "from": headers,
        "pai": st.lists(headers, max_size=4),
        "privacy": st.one_of(texts, st.just("id")),
        "number": texts,
        "presentation": texts,
        "passed_on": st.lists(st.sampled_from(["warn", "connect"]), unique=True),
        "abroad": st.booleans(),
    },
)


@given(question=questions)
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_any_caller_id_gets_a_verdict(proxy: Proxy, question: dict[str, Any]) -> None:
    plain = await proxy.ask(**question)
    assert plain.status == 200
    assert "open" not in plain.content
    assert plain.content["route"] in {"refuse", "node", "onward"}
    for name, value in plain.content.get("sip", {}).get("headers", {}).items():
        assert (name + value).isprintable()
        assert (name + value).isascii()

    def coded(value: Any) -> Any:
        if isinstance(value, list):
            return [coded(one) for one in value]
        return b64encode(value.encode()).decode()

    plainly = {name: question[name] for name in ("passed_on", "abroad") if name in question}
    headers = {name: coded(value) for name, value in question.items() if name not in plainly}
    same = await proxy.ask(encoding="base64", **plainly, **headers)
    for name in ("action", "reason", "caller", "route"):
        assert same.content[name] == plain.content[name]


@given(body=st.binary(max_size=200) | questions.map(lambda one: json.dumps(one)[:-1].encode()))
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_any_bytes_are_answered(proxy: Proxy, body: bytes) -> None:
    assert (await proxy.send(data=body)).status in {200, 400}
