"""AMI, against a manager that may be slow, wrong or hostile."""

import asyncio
import logging
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.asterisk import ami
from callguard.asterisk.ami import AMIBridge, AMIConnection, AMIError, AMIEvent, check_value

GREETING = b"Asterisk Call Manager/11.0.0\r\n"
NEWCHANNEL = b"Event: Newchannel\r\nPrivilege: call,all\r\nUniqueid: 1795489200.1\r\n\r\n"


class Manager:
    """The manager's side of one login."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def says(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def hears(self) -> dict[str, str]:
        """Read one action; an empty one when the client is gone."""
        try:
            pack = await self._reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return {}
        return dict(line.split(": ", 1) for line in pack.decode().strip().split("\r\n"))

    async def answers(self, action: dict[str, str], status: str = "Success", **more: str) -> None:
        headers = {"Response": status, "ActionID": action["ActionID"], **more}
        await self.says("".join(f"{k}: {v}\r\n" for k, v in headers.items()).encode() + b"\r\n")

    async def lets_in(self) -> None:
        """Greet, and take the login."""
        await self.says(GREETING)
        login = await self.hears()
        wanted = {"Action": "Login", "Username": "callguard", "Secret": "s3cret"}
        assert login == wanted | {"ActionID": login["ActionID"]}
        await self.answers(login, Message="Authentication accepted")

    def leaves(self) -> None:
        self._writer.close()

    async def waits_until_the_client_is_gone(self) -> None:
        while await self.hears():
            pass


Part = Callable[[Manager], Awaitable[None]]


@asynccontextmanager
async def manager(*parts: Part) -> AsyncIterator[int]:
    """Serve logins one after the other, each by the next part; the last serves all that follow."""
    waiting = list(parts)
    failures: list[BaseException] = []
    serving: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.current_task())
        part = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        try:
            await part(Manager(reader, writer))
        except ConnectionError:
            pass
        except (AssertionError, KeyError) as failure:
            failures.append(failure)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in serving:
            if task is not None:
                task.cancel()
        await asyncio.gather(*filter(None, serving), return_exceptions=True)
        await server.wait_closed()
    assert not failures


class Ear:
    """Takes events, and lets a test wait for one."""

    def __init__(self) -> None:
        self.events: list[AMIEvent] = []
        self._heard = asyncio.Condition()

    def __call__(self, event: AMIEvent) -> None:
        self.events.append(event)
        self._told = asyncio.ensure_future(self._tell())

    async def _tell(self) -> None:
        async with self._heard:
            self._heard.notify_all()

    async def hears(self, name: str) -> AMIEvent:
        async with self._heard:
            await self._heard.wait_for(lambda: any(one.name == name for one in self.events))
        return next(one for one in self.events if one.name == name)


@asynccontextmanager
async def bridged(port: int, event: Callable[[AMIEvent], None]) -> AsyncIterator[AMIBridge]:
    bridge = AMIBridge("127.0.0.1", port, "callguard", "s3cret", event)
    running = asyncio.create_task(bridge.run())
    try:
        yield bridge
    finally:
        assert not running.done()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert not bridge.connected


@asynccontextmanager
async def logged_in(port: int) -> AsyncIterator[AMIConnection]:
    connection = AMIConnection("127.0.0.1", port, lambda _: None, lambda: None)
    try:
        await connection.open("callguard", "s3cret")
        yield connection
    finally:
        connection.close()


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connect again without a pause."""
    monkeypatch.setattr(random, "uniform", lambda *_: 0.0)


async def stays(manager: Manager) -> None:
    await manager.lets_in()
    await manager.waits_until_the_client_is_gone()


async def tells_of_a_channel(manager: Manager) -> None:
    await manager.lets_in()
    await manager.says(NEWCHANNEL)


async def stands(bridge: AMIBridge) -> None:
    """Wait until the bridge counts its connection: an event may be heard a moment before."""
    async with asyncio.timeout(60):
        while not bridge.connected:
            await asyncio.sleep(0)


async def tells_of_a_channel_and_stays(manager: Manager) -> None:
    await tells_of_a_channel(manager)
    await manager.waits_until_the_client_is_gone()


async def heard_after(*managers: Part) -> Ear:
    """Connect to *managers*, one after the other, then to a good one; return what was heard."""
    ear = Ear()
    async with (
        manager(*managers, tells_of_a_channel_and_stays) as port,
        bridged(port, ear) as bridge,
    ):
        await ear.hears("Newchannel")
        await stands(bridge)
    return ear


class TestLogin:
    async def test_is_taken(self) -> None:
        async with manager(stays) as port, logged_in(port):
            pass

    async def test_is_refused(self) -> None:
        async def refuses(manager: Manager) -> None:
            await manager.says(GREETING)
            await manager.answers(await manager.hears(), "Error", Message="Authentication failed")
            await manager.waits_until_the_client_is_gone()

        async with manager(refuses) as port:
            with pytest.raises(AMIError, match="Login: Authentication failed"):
                async with logged_in(port):
                    pass

    async def test_where_nothing_listens(self, free_ports: Callable[[int], list[int]]) -> None:
        (port,) = free_ports(1)
        with pytest.raises(AMIError, match="no AMI answers: Connection refused"):
            async with logged_in(port):
                pass

    @pytest.mark.parametrize(
        "said",
        [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff\xfe\x00\r\n", b"", b"Asterisk Call Man"],
        ids=["HTTP", "garbage", "nothing", "half a greeting"],
    )
    async def test_to_what_is_no_manager(
        self, said: bytes, capfd: pytest.CaptureFixture[str]
    ) -> None:
        async def is_none(manager: Manager) -> None:
            await manager.says(said)

        async with manager(is_none) as port:
            with pytest.raises(AMIError, match="Login: the connection is gone"):
                async with logged_in(port):
                    pass
        assert "Traceback" not in capfd.readouterr().err

    async def test_to_what_is_no_manager_and_stays(self) -> None:
        async def is_none(manager: Manager) -> None:
            await manager.says(b"HTTP/1.1 400 Bad Request\r\n")
            await manager.waits_until_the_client_is_gone()

        async with manager(is_none) as port:
            with pytest.raises(AMIError, match="Login: the connection is gone"):
                async with logged_in(port):
                    pass

    async def test_that_is_never_answered(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ami, "ANSWER_SECONDS", 0.05)

        async def is_silent(manager: Manager) -> None:
            await manager.says(GREETING)
            await manager.waits_until_the_client_is_gone()

        async with manager(is_silent) as port:
            with pytest.raises(AMIError, match="Login: no answer within 0 s"):
                async with logged_in(port):
                    pass

    async def test_answered_with_half_a_response(self) -> None:
        async def breaks_off(manager: Manager) -> None:
            await manager.says(GREETING)
            login = await manager.hears()
            await manager.says(f"Response: Success\r\nActionID: {login['ActionID']}".encode())

        async with manager(breaks_off) as port:
            with pytest.raises(AMIError, match="Login: the connection is gone"):
                async with logged_in(port):
                    pass


class TestAction:
    async def test_is_answered(self) -> None:
        async def answers(manager: Manager) -> None:
            await manager.lets_in()
            action = await manager.hears()
            assert action.items() >= {"Action": "Hangup", "Channel": "PJSIP/trunk-1"}.items()
            await manager.answers(action, Message="Channel Hungup")

        async with manager(answers) as port, logged_in(port) as connection:
            response = await connection.action("Hangup", Channel="PJSIP/trunk-1")
            assert response["Message"] == "Channel Hungup"

    async def test_is_refused(self) -> None:
        async def refuses(manager: Manager) -> None:
            await manager.lets_in()
            await manager.answers(await manager.hears(), "Error", Message="No such channel")
            await manager.answers(await manager.hears(), "Error")

        async with manager(refuses) as port, logged_in(port) as connection:
            with pytest.raises(AMIError, match="Hangup: No such channel"):
                await connection.action("Hangup", Channel="PJSIP/trunk-1")
            with pytest.raises(AMIError, match="Hangup: refused"):
                await connection.action("Hangup", Channel="PJSIP/trunk-1")

    async def test_responses_may_come_in_any_order_and_in_pieces(self) -> None:
        async def turns_around(manager: Manager) -> None:
            await manager.lets_in()
            first, second = await manager.hears(), await manager.hears()
            for action in (second, first):
                response = (
                    f"Response: Success\r\nActionID: {action['ActionID']}\r\n"
                    f"Value: {action['Variable']}\r\n\r\n"
                )
                for byte in response.encode():
                    await manager.says(bytes([byte]))

        async with manager(turns_around) as port, logged_in(port) as connection:
            values = await asyncio.gather(
                connection.action("Getvar", Variable="A"), connection.action("Getvar", Variable="B")
            )
            assert [one["Value"] for one in values] == ["A", "B"]

    async def test_a_response_to_somebody_else_is_passed_over(self) -> None:
        async def mixes_up(manager: Manager) -> None:
            await manager.lets_in()
            action = await manager.hears()
            await manager.answers({"ActionID": "99"}, "Error", Message="not yours")
            await manager.answers({"ActionID": ""}, "Error", Message="not yours")
            await manager.says(b"Response: Error\r\nMessage: nobody's\r\n\r\n")
            await manager.answers(action, Message="yours")
            await manager.answers(action, "Error", Message="once more")
            await manager.answers(await manager.hears(), Message="yours again")

        async with manager(mixes_up) as port, logged_in(port) as connection:
            assert (await connection.action("Ping"))["Message"] == "yours"
            assert (await connection.action("Ping"))["Message"] == "yours again"

    async def test_of_a_connection_that_is_lost_meanwhile(self) -> None:
        async def breaks_off(manager: Manager) -> None:
            await manager.lets_in()
            await manager.hears()

        async with manager(breaks_off) as port, logged_in(port) as connection:
            for _ in range(2):
                with pytest.raises(AMIError, match="Ping: the connection is gone"):
                    await connection.action("Ping")

    @pytest.mark.parametrize("ending", ["\r\n", "\n", "\r", "\0"], ids=repr)
    async def test_a_value_with_a_line_break_is_refused(self, ending: str) -> None:
        second = f"PJSIP/trunk-1{ending}{ending}Action: Originate"
        async with manager(stays) as port, logged_in(port) as connection:
            with pytest.raises(AMIError, match="Channel cannot be sent to Asterisk"):
                await connection.action("Hangup", Channel=second)
            with pytest.raises(AMIError, match="action cannot be sent to Asterisk"):
                await connection.action(f"Hangup{ending}")

    @pytest.mark.parametrize("place", [0, 1])
    async def test_a_login_with_a_line_break_is_refused(self, place: int) -> None:
        login = ["callguard", "s3cret"]
        login[place] += "\r\nEvents: on"
        connection = AMIConnection("127.0.0.1", 1, lambda _: None, lambda: None)
        with pytest.raises(AMIError, match="cannot be sent to Asterisk: it holds a line break"):
            await connection.open(*login)
        connection.close()

    def test_a_value_without_a_line_break_is_returned(self) -> None:
        assert check_value("Channel", "PJSIP/trunk-1") == "PJSIP/trunk-1"


_PLAIN = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029")
)
_HEADERS = st.dictionaries(st.from_regex("[A-Za-z-]{1,12}", fullmatch=True), _PLAIN, max_size=5)


async def heard(*pieces: bytes) -> list[AMIEvent]:
    """Return the events that a connection finds in *pieces*, each read by itself."""
    events: list[AMIEvent] = []
    connection = AMIConnection("127.0.0.1", 1, events.append, lambda: None)
    for piece in (GREETING, *pieces):
        connection.data_received(piece)
    return events


class TestReading:
    @given(
        st.lists(
            st.one_of(
                st.binary(), st.sampled_from([b"Event: ", b"Response: ", b"\r\n", b"\r\n\r\n"])
            )
        )
    )
    def test_whatever_is_said_raises_nothing(self, pieces: list[bytes]) -> None:
        said = asyncio.run(heard(*pieces, b"\r\n\r\n" + NEWCHANNEL))
        assert said[-1] == AMIEvent(
            "Newchannel", {"Privilege": "call,all", "Uniqueid": "1795489200.1"}
        )

    @given(st.lists(_HEADERS, max_size=4), st.lists(st.integers(0, 400), max_size=4))
    def test_events_are_the_same_however_they_are_cut(
        self, told: list[dict[str, str]], cuts: list[int]
    ) -> None:
        text = "".join(
            "Event: Told\r\n"
            + "".join(f"{name}: {value}\r\n" for name, value in one.items())
            + "\r\n"
            for one in told
        ).encode()
        at = [0, *sorted(cuts), len(text)]
        pieces = [text[begin:end] for begin, end in pairwise(at)]
        assert asyncio.run(heard(*pieces)) == [AMIEvent("Told", one) for one in told]


class TestBridge:
    async def test_hands_out_events_in_their_order(self) -> None:
        async def tells(manager: Manager) -> None:
            await manager.lets_in()
            for number in range(100):
                await manager.says(b"Event: Number\r\nNumber: %d\r\n\r\n" % number)
            await manager.says(b"Event: Last\r\n\r\n")
            await manager.waits_until_the_client_is_gone()

        ear = Ear()
        async with manager(tells) as port, bridged(port, ear):
            await ear.hears("Last")
        assert [one.headers.get("Number") for one in ear.events[:-1]] == [
            str(number) for number in range(100)
        ]

    async def test_tells_whether_it_is_connected(self) -> None:
        ear = Ear()
        bridge = AMIBridge("127.0.0.1", 1, "callguard", "s3cret", ear)
        assert not bridge.connected
        with pytest.raises(AMIError, match=r"Ping: not connected to AMI at 127\.0\.0\.1:1"):
            await bridge.action("Ping")

        async def answers(manager: Manager) -> None:
            await tells_of_a_channel(manager)
            await manager.answers(await manager.hears(), Ping="Pong")
            await manager.waits_until_the_client_is_gone()

        async with manager(answers) as port, bridged(port, ear) as bridge:
            await ear.hears("Newchannel")
            await stands(bridge)
            assert (await bridge.action("Ping"))["Ping"] == "Pong"

    async def test_tells_of_each_login(self) -> None:
        logins: asyncio.Queue[bool] = asyncio.Queue()

        async def leaves(manager: Manager) -> None:
            await manager.lets_in()
            manager.leaves()

        async with manager(leaves, stays) as port:
            bridge = AMIBridge(
                "127.0.0.1",
                port,
                "callguard",
                "s3cret",
                Ear(),
                lambda: logins.put_nowait(bridge.connected),
            )
            running = asyncio.create_task(bridge.run())
            async with asyncio.timeout(20):
                assert [await logins.get(), await logins.get()] == [True, True]
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    @pytest.mark.parametrize(
        "garbage",
        [
            b"\r\n\r\n",
            b"garbage\r\n\r\n",
            b"\xff\xfe\xfd\r\n\r\n",
            b"Event: \r\n\r\n",
            b"Event: Odd\r\nno colon\r\n: \r\n: x\r\nA:b\r\n\r\n",
            b"Event: Odd\r\nChanVariable: no equals sign\r\n\r\n",
            b"Response: \r\n\r\n",
            b"Response: Success\r\nno colon\r\nActionID\r\n\r\n",
            b"Response: Success\r\nActionID: \xff\r\n\r\n",
            b"x" * 100_000 + b"\r\n\r\n",
        ],
        ids=lambda garbage: repr(garbage[:30]),
    )
    async def test_passes_over_what_makes_no_sense(self, garbage: bytes) -> None:
        async def babbles(manager: Manager) -> None:
            await manager.lets_in()
            await manager.says(garbage + NEWCHANNEL)
            await manager.waits_until_the_client_is_gone()

        ear = Ear()
        async with manager(babbles) as port, bridged(port, ear) as bridge:
            event = await ear.hears("Newchannel")
            assert event.headers["Uniqueid"] == "1795489200.1"
            async with asyncio.timeout(5):
                while not bridge.connected:
                    await asyncio.sleep(0.001)

    @pytest.mark.parametrize(
        "ending",
        ["\n", "\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"],
        ids=ascii,
    )
    async def test_a_line_break_in_a_callers_name_is_no_second_header(self, ending: str) -> None:
        async def tells(manager: Manager) -> None:
            await manager.lets_in()
            name = f"A{ending}Uniqueid: another call's"
            event = f"Event: VarSet\r\nUniqueid: 1795489200.1\r\nValue: {name}\r\n\r\n"
            await manager.says(event.encode())
            await manager.waits_until_the_client_is_gone()

        ear = Ear()
        async with manager(tells) as port, bridged(port, ear):
            event = await ear.hears("VarSet")
        assert event.headers == {
            "Uniqueid": "1795489200.1",
            "Value": "A\ufffdUniqueid: another call's",
        }

    async def test_a_callback_that_raises_does_not_end_it(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        ear = Ear()

        def stumbles(event: AMIEvent) -> None:
            ear(event)
            if event.name == "Newchannel":
                raise ZeroDivisionError

        async def tells(manager: Manager) -> None:
            await manager.lets_in()
            await manager.says(NEWCHANNEL + b"Event: Hangup\r\n\r\n")
            await manager.waits_until_the_client_is_gone()

        async with manager(tells) as port, bridged(port, stumbles) as bridge:
            await ear.hears("Hangup")
            await stands(bridge)
        assert "AMI event Newchannel" in caplog.text

    @pytest.mark.parametrize(
        "said",
        [
            b"",
            b"Asterisk Call Man",
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            GREETING,
            GREETING + b"Response: Goodbye\r\n\r\n",
            GREETING + b"Event: Newch",
            GREETING + b"Event: Shutdown\r\n\r\n",
        ],
        ids=repr,
    )
    async def test_connects_again_after_a_bad_start(self, said: bytes) -> None:
        async def breaks_off(manager: Manager) -> None:
            await manager.says(said)

        await heard_after(breaks_off, breaks_off)

    @pytest.mark.parametrize("said", [b"", b"Event: Hang", b"Event: Hangup\r\n", b"\xff"], ids=repr)
    async def test_connects_again_after_a_connection_is_lost(
        self, said: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)

        async def breaks_off(manager: Manager) -> None:
            await manager.lets_in()
            await manager.says(said)

        await heard_after(breaks_off)
        assert re.search(r"AMI at 127.0.0.1:\d+: the connection was lost", caplog.text)
        assert "s3cret" not in caplog.text

    async def test_connects_again_after_a_message_without_end(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ami, "MAX_PACK", 1000)

        async def never_ends(manager: Manager) -> None:
            await manager.lets_in()
            await manager.says(b"Event: Long\r\n" + b"x" * 1000)
            await manager.waits_until_the_client_is_gone()

        ear = await heard_after(never_ends)
        assert [one.name for one in ear.events] == ["Newchannel"]

    async def test_connects_again_after_a_refused_login_and_says_so_once(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def refuses(manager: Manager) -> None:
            await manager.says(GREETING)
            await manager.answers(await manager.hears(), "Error", Message="Authentication failed")

        ear = Ear()
        async with (
            manager(refuses, refuses, refuses, tells_of_a_channel_and_stays) as port,
            bridged(port, ear),
        ):
            await ear.hears("Newchannel")
        assert caplog.text.count("Login: Authentication failed") == 1

    async def test_pings_keep_a_quiet_connection(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ami, "PING_SECONDS", 0.01)

        async def is_quiet(manager: Manager) -> None:
            await manager.lets_in()
            for _ in range(5):
                ping = await manager.hears()
                assert ping["Action"] == "Ping"
                await manager.answers(ping, Ping="Pong")
            await manager.says(NEWCHANNEL)
            while ping := await manager.hears():
                await manager.answers(ping, Ping="Pong")

        ear = Ear()
        async with manager(is_quiet) as port, bridged(port, ear) as bridge:
            await ear.hears("Newchannel")
            await stands(bridge)

    async def test_a_ping_without_an_answer_ends_the_connection(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ami, "PING_SECONDS", 0.01)
        monkeypatch.setattr(ami, "ANSWER_SECONDS", 0.05)

        async def answers(manager: Manager) -> None:
            await tells_of_a_channel(manager)
            while ping := await manager.hears():
                await manager.answers(ping, Ping="Pong")

        ear = Ear()
        async with manager(stays, answers) as port, bridged(port, ear):
            await ear.hears("Newchannel")

    async def test_nothing_listens_yet(self, free_ports: Callable[[int], list[int]]) -> None:
        (port,) = free_ports(1)
        ear = Ear()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await tells_of_a_channel_and_stays(Manager(reader, writer))
            writer.close()

        async with bridged(port, ear):
            server = await asyncio.start_server(serve, "127.0.0.1", port)
            await ear.hears("Newchannel")
            server.close()
        await server.wait_closed()
