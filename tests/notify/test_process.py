"""The process that tells news: started, killed, started again; each message arrives once."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callguard.notify.process import sender_name
from callguard.notify.queue import Result
from callguard.notify.state import health, read_state
from callguard.notify.topics import Topic
from callguard.people.models import Membership

from .family import Family
from .news_process import PATIENCE, telling
from .senders.mail_servers import Mailbox, mail_server
from .senders.receivers import Browser, Receiver, receiver

pytestmark = pytest.mark.slow


async def eventually(condition: Callable[[], bool], folder: Path) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            while not await asyncio.to_thread(condition):
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"waited in vain; {(folder / 'log').read_text()}") from None


@pytest.fixture
def family(family: Family) -> Family:
    """A family whose time is now: the process has a real clock."""
    family.now = datetime.now(UTC)
    return family


@pytest.fixture
async def web() -> AsyncIterator[Receiver]:
    async with receiver() as one:
        yield one


def results(family: Family) -> Counter[str]:
    return Counter(one.result for one in family.deliveries())


@pytest.mark.database("sqlite")
async def test_every_message_arrives_once_although_the_sender_is_killed(
    family: Family, tmp_path: Path, web: Receiver
) -> None:
    box, chance = Mailbox(), random.Random(4)
    browser = Browser(f"http://127.0.0.1:{web.port}/push")
    channels = (
        family.channel("manager", address="yumi@example.jp"),
        family.channel("manager", "apprise", f"json://127.0.0.1:{web.port}/hook"),
        family.channel("manager", "push", browser.subscription),
    )
    told = 8
    for _ in range(told):
        family.tell()

    async with mail_server(box) as server:
        settings = {
            "smtp_url": f"smtp://{server.host}:{server.port}",
            "smtp_from": server.sender,
        }
        for _ in range(4):
            done = sum(results(family).values()) - results(family)[""]
            goal = done + chance.randrange(1, 4)
            with telling(family, tmp_path, **settings) as process:
                await eventually(
                    lambda: sum(results(family).values()) - results(family)[""] >= goal,  # noqa: B023
                    tmp_path,
                )
                await asyncio.sleep(chance.uniform(0, 0.03))  # the moment is to be any
                process.kill()
        with telling(family, tmp_path, **settings) as process:
            await eventually(
                lambda: results(family)[""] == 0 and len(family.deliveries()) == 3 * told, tmp_path
            )
            assert process.stop() == 0

    found = results(family)
    assert set(found) <= {"sent", "unknown"}
    mails = Counter(message["Message-ID"] for _, message in box.mails)
    hooks = [body for path, _, body in web.requests if path == "/hook"]
    shown = Counter(browser.read(body)["tag"] for path, _, body in web.requests if path == "/push")
    sent = Counter(one.channel_id for one in family.deliveries() if one.result == "sent")
    mail, hook, push = (sent[channel] for channel in channels)
    assert set(mails.values()) == {1}
    assert mail <= len(mails) <= told
    assert hook <= len(hooks) <= told
    assert push == len(shown) == told
    assert "Traceback" not in (tmp_path / "log").read_text()


async def test_two_senders_at_once_send_everything_once(
    family: Family, tmp_path: Path, web: Receiver
) -> None:
    for number in range(4):
        family.channel("manager", "apprise", f"json://127.0.0.1:{web.port}/{number}")
    for _ in range(5):
        family.tell()
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    with telling(family, one), telling(family, two):
        await eventually(lambda: results(family)[Result.SENT] == 20, one)
    assert len(web.requests) == 20


@pytest.mark.database("sqlite")
async def test_somebody_who_has_left_hears_nothing_more(
    family: Family, tmp_path: Path, web: Receiver
) -> None:
    family.channel("manager", "apprise", f"json://127.0.0.1:{web.port}/manager")
    family.channel("member", "apprise", f"json://127.0.0.1:{web.port}/member")
    family.tell()
    web.answers += [503, 503]
    with telling(family, tmp_path):
        await eventually(lambda: len(web.requests) == 2, tmp_path)
        await eventually(lambda: all(one.tries for one in family.deliveries()), tmp_path)
        with family.database.transaction() as session:
            left = session.query(Membership).filter_by(person_id=family.people["member"]).one()
            session.delete(left)
            for one in family.deliveries():
                one.due_at = family.now
                session.merge(one)
        await eventually(lambda: results(family)[""] == 0, tmp_path)
    assert results(family) == {"sent": 1, "withdrawn": 1}
    assert [path for path, _, _ in web.requests].count("/member") == 1


@pytest.mark.database("sqlite")
async def test_a_browser_that_ended_its_subscription_is_removed(
    family: Family, tmp_path: Path, web: Receiver
) -> None:
    family.channel("manager", "push", Browser(f"http://127.0.0.1:{web.port}/p").subscription)
    family.tell(Topic.SCAM_KEY, call_id=family.call(reason="unlisted", action="warn").call_id)
    web.answers.append(410)
    with telling(family, tmp_path):
        await eventually(lambda: len(web.requests) == 1, tmp_path)
        await eventually(lambda: family.deliveries() == [], tmp_path)


@pytest.mark.database("sqlite")
async def test_it_says_how_it_stands(family: Family, tmp_path: Path) -> None:
    family.channel("manager", "apprise", "json://127.0.0.1:1/nobody")
    family.tell()
    path = tmp_path / "news" / "state.json"
    with telling(family, tmp_path) as process:
        await eventually(lambda: read_state(path) is not None, tmp_path)
        state = read_state(path)
        assert state is not None
        assert health(path, now=state.at)[0]
        assert process.stop() == 0
    assert (tmp_path / "news" / "vapid.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.database("sqlite")
async def test_it_waits_for_a_database_that_is_away(
    family: Family, tmp_path: Path, web: Receiver
) -> None:
    family.channel("manager", "apprise", f"json://127.0.0.1:{web.port}/hook")
    family.tell()
    url = family.database.engine.url
    assert url.database is not None
    path = Path(url.database)
    family.database.close()
    away = path.with_name("away")
    away.mkdir()
    path.rename(away / path.name)
    path.mkdir()
    log = tmp_path / "log"
    log.touch()
    with telling(family, tmp_path) as process:
        await eventually(lambda: "no news is told" in log.read_text(), tmp_path)
        assert process.lives
        path.rmdir()
        (away / path.name).rename(path)
        await eventually(lambda: len(web.requests) == 1, tmp_path)


async def test_a_sender_has_the_same_name_at_every_start(tmp_path: Path) -> None:
    stopped = asyncio.Event()
    async with sender_name(tmp_path, stopped) as first:
        pass
    async with sender_name(tmp_path, stopped) as second:
        assert first == second
        waiting = asyncio.create_task(_name(tmp_path, stopped))
        await asyncio.sleep(0)
        assert not waiting.done()
    assert await waiting == first


async def _name(folder: Path, stopped: asyncio.Event) -> str:
    async with sender_name(folder, stopped) as name:
        return name
