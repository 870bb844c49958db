"""Other services, through apprise: to a real web server, and never into one's own network."""

import asyncio
import io
import logging
import warnings
from collections.abc import AsyncIterator, Iterator

import pytest
from aiohttp import web

from callguard.notify.addresses import SERVICES
from callguard.notify.senders import Abandoned
from callguard.notify.senders.egress import urllib3_watched
from callguard.notify.senders.outside import Outside

from .letter import Step, letter
from .receivers import Receiver, receiver


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    """apprise loads all its services at once, some by ways that Python gives up."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from apprise.plugins import N_MGR

        N_MGR.load_modules()  # type: ignore[no-untyped-call]


@pytest.fixture(autouse=True)
def watched() -> Iterator[None]:
    with urllib3_watched():
        yield


@pytest.fixture
async def server() -> AsyncIterator[Receiver]:
    async with receiver() as one:
        yield one


@pytest.fixture
def outside() -> Iterator[Outside]:
    """Somebody who may send within the own network, as a home does."""
    one = Outside(private_targets=True)
    yield one
    one.close()


async def test_a_webhook_is_told(outside: Outside, server: Receiver) -> None:
    step = Step()
    address = f"json://127.0.0.1:{server.port}/hook"
    assert await outside.send(letter(address), step) is None
    [(path, _, _)] = server.requests
    assert path == "/hook"
    (body,) = server.bodies
    assert body["title"] == "中村家：試しのお知らせです"
    assert body["message"].startswith("届いていれば、\n<準備> は & できています。")
    assert body["message"].endswith("https://guard.example.jp/h/1/notices")
    assert (body["type"], step.taken) == ("info", 1)


async def test_ntfy_is_told_with_its_login(outside: Outside, server: Receiver) -> None:
    server.answers.append(200)
    address = f"ntfy://hanako:secret@127.0.0.1:{server.port}/family"
    assert await outside.send(letter(address, urgent=True), Step()) is None
    [(_, headers, _)] = server.requests
    (body,) = server.bodies
    assert "Authorization" in headers
    assert body["topic"] == "family"
    assert "届いていれば" in body["message"]


@pytest.mark.parametrize(
    ("status", "failure", "lasting"),
    [
        (401, "login 401", True),
        (403, "login 403", True),
        (404, "address 404", True),
        (400, "refused 400", True),
        (413, "refused 413", True),
        (429, "busy 429", False),
        (500, "busy 500", False),
        (503, "busy 503", False),
        (302, "busy 302", False),
    ],
)
async def test_what_a_server_says_decides_whether_it_is_tried_again(
    outside: Outside, server: Receiver, status: int, failure: str, lasting: bool
) -> None:
    server.answers.append(status)
    found = await outside.send(letter(f"json://127.0.0.1:{server.port}/hook"), Step())
    assert found is not None
    assert (str(found), found.fault.lasting) == (failure, lasting)


async def test_no_redirect_is_followed(outside: Outside, server: Receiver) -> None:
    async def elsewhere(_: web.Request) -> web.StreamResponse:
        raise web.HTTPTemporaryRedirect("/other")

    server.answers.append(elsewhere)
    assert await outside.send(letter(f"json://127.0.0.1:{server.port}/hook"), Step())
    assert len(server.requests) == 1


async def test_nobody_listens(outside: Outside) -> None:
    found = await outside.send(letter("json://127.0.0.1:1/hook"), Step())
    assert str(found) == "unreachable"


async def test_a_server_that_never_ends_its_answer_is_cut(server: Receiver) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        try:
            while True:
                await answer.write(b"x" * 1000)
                await asyncio.sleep(0.01)
        except OSError:
            return answer

    server.answers.append(endless)
    outside = Outside(private_targets=True, seconds=0.3)
    found = await outside.send(letter(f"json://127.0.0.1:{server.port}/hook"), Step())
    assert str(found) == "timeout"
    outside.close()


async def test_a_slow_service_holds_up_no_other(server: Receiver) -> None:
    release = asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        await release.wait()
        return web.Response()

    server.answers.append(slow)
    outside = Outside(private_targets=True)
    address = f"json://127.0.0.1:{server.port}/hook"
    held = asyncio.create_task(outside.send(letter(address), Step()))
    async with asyncio.timeout(20):
        while not server.requests:
            await asyncio.sleep(0.01)
    assert await outside.send(letter(address), Step()) is None
    assert not held.done()
    release.set()
    assert await held is None
    outside.close()


@pytest.mark.parametrize(
    ("address", "failure"),
    [
        ("json://127.0.0.1/hook", "private-target"),
        ("jsons://10.0.0.1/hook", "private-target"),
        ("jsons://169.254.169.254/latest", "private-target"),
        ("json://example.jp/hook", "private-target"),
        ("jsons://", "bad-address"),
        ("file:///etc/passwd", "bad-address"),
        ("slack://what", "bad-address"),
    ],
)
async def test_nothing_is_sent_where_nothing_may_go(address: str, failure: str) -> None:
    outside = Outside()
    assert str(await outside.send(letter(address), Step())) == failure
    outside.close()


async def test_a_name_that_leads_into_the_own_network_is_refused(
    server: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a stranger's name server can make it do between two questions."""
    import socket

    asked = socket.getaddrinfo

    def rebound(host: str, port: int, **kind: int) -> list[object]:
        return list(asked("127.0.0.1", server.port, **kind))

    monkeypatch.setattr(socket, "getaddrinfo", rebound)
    outside = Outside()
    found = await outside.send(letter("jsons://hook.example.jp/hook"), Step())
    assert str(found) == "private-target"
    assert server.requests == []
    outside.close()


async def test_a_message_that_somebody_else_took_over_is_not_sent(
    outside: Outside, server: Receiver
) -> None:
    with pytest.raises(Abandoned):
        await outside.send(letter(f"json://127.0.0.1:{server.port}/hook"), Step(allowed=False))
    assert server.requests == []


async def test_no_secret_gets_into_the_log(outside: Outside, server: Receiver) -> None:
    server.answers += [401, 500]
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root = logging.getLogger()
    root.addHandler(handler)
    before, root.level = root.level, logging.INFO  # as the node logs
    try:
        for _ in range(3):
            await outside.send(letter(f"json://u:s3cret@127.0.0.1:{server.port}/t0ken"), Step())
    finally:
        root.level = before
        root.removeHandler(handler)
    assert len(server.requests) == 3
    assert "s3cret" not in written.getvalue()
    assert "t0ken" not in written.getvalue()


def test_apprise_knows_every_service_that_is_let_through() -> None:
    from apprise.plugins import N_MGR

    N_MGR.load_modules()  # type: ignore[no-untyped-call]
    assert {one for one in SERVICES if one not in N_MGR} == set()
