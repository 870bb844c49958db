"""Web push, to a push service that checks and a browser that decrypts."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from callguard.notify.senders import Abandoned
from callguard.notify.senders.push import Push
from callguard.notify.vapid import VapidKey

from .letter import Step, letter
from .receivers import Browser, Receiver, claims, receiver

CONTACT = "mailto:news@guard.example.jp"


@pytest.fixture
async def service() -> AsyncIterator[Receiver]:
    async with receiver() as one:
        yield one


@pytest.fixture
def key(tmp_path: Path) -> VapidKey:
    return VapidKey.open(tmp_path / "vapid.pem")


@pytest.fixture
def push(key: VapidKey) -> Push:
    return Push(key, CONTACT, private_targets=True)


def browser(service: Receiver) -> Browser:
    return Browser(f"http://127.0.0.1:{service.port}/push/abc")


async def test_the_browser_reads_what_it_is_told(push: Push, service: Receiver) -> None:
    one, step = browser(service), Step()
    assert await push.send(letter(one.subscription, urgent=True), step) is None
    [(path, headers, body)] = service.requests
    assert path == "/push/abc"
    assert one.read(body) == {
        "title": "中村家：試しのお知らせです",
        "body": "届いていれば、\n<準備> は & できています。",
        "link": "https://guard.example.jp/h/1/notices",
        "tag": "0123456789abcdef0123456789abcdef",
        "lang": "ja",
        "urgent": True,
    }
    assert headers["Content-Encoding"] == "aes128gcm"
    assert headers["Urgency"] == "high"
    assert int(headers["TTL"]) == 86_400
    assert step.taken == 1


async def test_the_push_service_knows_who_sends(push: Push, service: Receiver) -> None:
    await push.send(letter(browser(service).subscription), Step())
    said = claims(service.requests[0][1]["Authorization"])
    assert said["aud"] == f"http://127.0.0.1:{service.port}"
    assert said["sub"] == CONTACT
    assert time.time() < said["exp"] <= time.time() + 24 * 3600


async def test_of_a_message_that_is_sent_again_the_service_keeps_one(
    push: Push, service: Receiver
) -> None:
    one = browser(service)
    for reference in ("a" * 32, "a" * 32, "b" * 32):
        await push.send(letter(one.subscription, reference=reference), Step())
    topics = [headers["Topic"] for _, headers, _ in service.requests]
    tags = [one.read(body)["tag"] for _, _, body in service.requests]
    assert topics == tags == ["a" * 32, "a" * 32, "b" * 32]


async def test_a_long_text_is_cut_to_what_a_push_service_takes(
    push: Push, service: Receiver
) -> None:
    one = browser(service)
    sent = letter(one.subscription, title="🌸" * 500, text="守り🌸" * 2000)
    assert await push.send(sent, Step()) is None
    [(_, _, body)] = service.requests
    assert len(body) <= 4096
    assert one.read(body)["body"].startswith("守り🌸守り")


@pytest.mark.parametrize(
    ("status", "failure", "lasting"),
    [
        (404, "gone 404", True),
        (410, "gone 410", True),
        (403, "login 403", True),
        (400, "refused 400", True),
        (413, "refused 413", True),
        (429, "busy 429", False),
        (503, "busy 503", False),
    ],
)
async def test_what_the_service_says_decides_whether_it_is_tried_again(
    push: Push, service: Receiver, status: int, failure: str, lasting: bool
) -> None:
    service.answers.append(status)
    found = await push.send(letter(browser(service).subscription), Step())
    assert found is not None
    assert (str(found), found.fault.lasting) == (failure, lasting)


async def test_no_redirect_is_followed(push: Push, service: Receiver) -> None:
    async def elsewhere(_: web.Request) -> web.StreamResponse:
        raise web.HTTPTemporaryRedirect("/other")

    service.answers.append(elsewhere)
    assert str(await push.send(letter(browser(service).subscription), Step())) == "busy 307"
    assert len(service.requests) == 1


async def test_a_service_that_does_not_answer_is_left(key: VapidKey, service: Receiver) -> None:
    import asyncio

    never = asyncio.Event()

    async def silent(_: web.Request) -> web.StreamResponse:
        await never.wait()
        return web.Response()

    service.answers.append(silent)
    push = Push(key, CONTACT, private_targets=True, seconds=0.3)
    assert str(await push.send(letter(browser(service).subscription), Step())) == "timeout"
    never.set()


async def test_nobody_listens(push: Push) -> None:
    one = Browser("http://127.0.0.1:1/push")
    assert str(await push.send(letter(one.subscription), Step())) == "unreachable"


@pytest.mark.parametrize("endpoint", ["https://127.0.0.1/x", "https://[::1]/x", "http://a.jp/x"])
async def test_nothing_is_sent_into_the_own_network(key: VapidKey, endpoint: str) -> None:
    found = await Push(key, CONTACT).send(letter(Browser(endpoint).subscription), Step())
    assert str(found) == "bad-address"


async def test_a_name_that_leads_into_the_own_network_is_refused(
    key: VapidKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aiohttp.resolver import ThreadedResolver

    async def rebound(*_: object) -> list[dict[str, object]]:
        return [{"hostname": "x", "host": "10.0.0.1", "port": 443, "family": 2, "proto": 0}]

    monkeypatch.setattr(ThreadedResolver, "resolve", rebound)
    one = Browser("https://push.example.jp/x")
    found = await Push(key, CONTACT).send(letter(one.subscription), Step())
    assert str(found) == "private-target"


async def test_without_a_key_nothing_is_sent(service: Receiver) -> None:
    found = await Push(None, CONTACT).send(letter(browser(service).subscription), Step())
    assert str(found) == "no-key"
    assert service.requests == []


async def test_a_point_that_is_not_on_the_curve_is_a_bad_address(
    push: Push, service: Receiver
) -> None:
    import base64
    import json

    content = json.loads(browser(service).subscription)
    content["keys"]["p256dh"] = base64.urlsafe_b64encode(b"\x04" + b"\x01" * 64).decode()
    assert str(await push.send(letter(json.dumps(content)), Step())) == "bad-address"


async def test_a_message_that_somebody_else_took_over_is_not_sent(
    push: Push, service: Receiver
) -> None:
    with pytest.raises(Abandoned):
        await push.send(letter(browser(service).subscription), Step(allowed=False))
    assert service.requests == []
