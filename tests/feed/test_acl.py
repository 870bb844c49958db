"""Who may do what, on a real Redis and a real Valkey with the printed ACL file."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

from callguard.blocklist.errors import FeedError
from callguard.feed import acl
from callguard.feed.connect import Client, connect, connect_async, explain

from .servers import VALKEY, Ports, running, start_cluster, start_server, until

pytestmark = pytest.mark.slow

RIGHTS = {
    "tokyo": acl.source("tokyo", reviews=True),
    "tokyo-hq": acl.source("tokyo-hq", reviews=False),
    "node": acl.NODE,
    "trustee": acl.OPERATOR,
    "replica": acl.REPLICA,
    "sentinel": acl.SENTINEL,
    "admin": acl.ADMIN,
}
PASSWORDS = {name: f"{name}-secret" for name in RIGHTS}

Command = tuple[str | int, ...]


@dataclass(frozen=True)
class Feed:
    """A server with these rights, and its users."""

    url: str

    def url_of(self, user: str) -> str:
        return self.url.replace("//", f"//{user}:{PASSWORDS[user]}@")

    def client(self, user: str) -> Client:
        return connect(self.url_of(user))

    def do(self, user: str, *command: str | int) -> object:
        with self.client(user) as client:
            return client.execute_command(*command)


@pytest.fixture(scope="module", params=[None, VALKEY], ids=["redis", "valkey"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, free_ports: Ports
) -> Iterator[Feed]:
    folder = tmp_path_factory.mktemp("r")
    (folder / "users.acl").write_text(acl.acl_file(RIGHTS, PASSWORDS))
    started = start_server(
        folder, free_ports(1)[0], f"aclfile {folder}/users.acl", program=request.param
    )
    with running(started):
        yield Feed(started.url)


@pytest.fixture
def feed(server: Feed) -> Feed:
    """The server with a batch of each source, a snapshot, a root and a report in it."""
    with server.client("admin") as admin:
        admin.flushall()
        for source in ("tokyo", "tokyo-hq"):
            admin.xadd(f"callguard:feed:{source}", {"batch": "b"}, id="1-0")
            admin.set(f"callguard:snapshot:{source}", "manifest")
            admin.set(f"callguard:snapshot:{source}:1:0", "chunk")
        admin.xadd("callguard:trust", {"root": "r"}, id="1-0")
        admin.xadd("callguard:reports", {"report": "r"})
    return server


# What each does.


def test_a_source_publishes_its_own_list(feed: Feed) -> None:
    with feed.client("tokyo") as client:
        assert client.ping()
        stream, snapshot = "callguard:feed:tokyo", "callguard:snapshot:tokyo"
        client.xadd(stream, {"batch": "b"}, id="2-0", maxlen=10_000, approximate=True)
        assert [entry for entry, _ in client.xrange(stream)] == [b"1-0", b"2-0"]
        assert client.xrevrange(stream, count=1)[0][0] == b"2-0"
        assert client.xinfo_stream(stream)["length"] == 2
        assert client.xtrim(stream, minid="2-0", approximate=False) == 1
        client.set(f"{snapshot}:2:0", "chunk")
        client.set(snapshot, "manifest")
        assert client.mget([snapshot, f"{snapshot}:2:0"]) == [b"manifest", b"chunk"]
        assert client.expire(f"{snapshot}:2:0", 3600)
        assert client.delete(f"{snapshot}:1:0") == 1
        assert client.xread({"callguard:trust": "0"})
        assert client.xrange("callguard:reports")


async def test_a_node_follows_every_source(feed: Feed) -> None:
    async with connect_async(feed.url_of("node")) as reader:
        assert await reader.ping()
        streams = ("callguard:feed:tokyo", "callguard:feed:tokyo-hq", "callguard:trust")
        assert len(await reader.xread(dict.fromkeys(streams, "0"), block=1000)) == 3
        assert await reader.xrange("callguard:feed:tokyo")
        assert await reader.xrevrange("callguard:feed:tokyo", count=1)
        assert (await reader.xinfo_stream("callguard:feed:tokyo"))["length"] == 1
        assert await reader.get("callguard:snapshot:tokyo") == b"manifest"
        assert await reader.mget("callguard:snapshot:tokyo-hq:1:0") == [b"chunk"]
        assert await reader.xadd("callguard:reports", {"report": "r"})


def test_a_trust_operator_publishes_roots(feed: Feed) -> None:
    with feed.client("trustee") as client:
        assert client.xadd("callguard:trust", {"root": "r"}, id="2-0") == b"2-0"
        assert len(client.xrange("callguard:trust")) == 2


def test_every_user_may_take_another_database_and_a_name(feed: Feed) -> None:
    with connect(f"{feed.url_of('tokyo')}/1") as client:
        assert client.ping()
        assert client.execute_command("CLIENT", "SETNAME", "tokyo")


def test_a_client_says_nothing_by_itself_that_is_refused(feed: Feed) -> None:
    with feed.client("admin") as admin:
        admin.acl_log_reset()
        for user in ("tokyo", "node", "trustee"):
            assert feed.do(user, "PING")
        assert admin.acl_log() == []


# What is refused.

STREAM_WRITES: list[Command] = [
    ("XADD", "{}", "9-0", "batch", "b"),
    ("XTRIM", "{}", "MAXLEN", 0),
    ("XDEL", "{}", "1-0"),
    ("XSETID", "{}", "9-0"),
    ("XGROUP", "CREATE", "{}", "g", "0"),
    ("DEL", "{}"),
    ("UNLINK", "{}"),
    ("EXPIRE", "{}", 1),
    ("RENAME", "{}", "callguard:feed:other"),
    ("SET", "{}", "x"),
]
VALUE_WRITES: list[Command] = [
    ("SET", "{}", "x"),
    ("SET", "{}", "x", "GET"),
    ("APPEND", "{}", "x"),
    ("DEL", "{}"),
    ("EXPIRE", "{}", 1),
    ("GETDEL", "{}"),
    ("RESTORE", "{}", 0, "x"),
]
FOR_NOBODY: list[Command] = [
    ("FLUSHALL",),
    ("FLUSHDB",),
    ("SWAPDB", 0, 1),
    ("KEYS", "*"),
    ("SCAN", 0),
    ("RANDOMKEY",),
    ("CONFIG", "GET", "*"),
    ("CONFIG", "SET", "maxmemory", 1),
    ("ACL", "LIST"),
    ("ACL", "SETUSER", "tokyo", "+@all"),
    ("CLIENT", "KILL", "TYPE", "normal"),
    ("CLIENT", "LIST"),
    ("CLIENT", "PAUSE", 1000),
    ("CLUSTER", "RESET"),
    ("MONITOR",),
    ("EVAL", "return 1", 0),
    ("SHUTDOWN",),
    ("REPLICAOF", "NO", "ONE"),
    ("PUBLISH", "x", "x"),
    ("SUBSCRIBE", "x"),
    ("INFO",),
    ("SAVE",),
]


def on(key: str, commands: list[Command]) -> list[Command]:
    return [tuple(key if word == "{}" else word for word in command) for command in commands]


def refused(feed: Feed, user: str, command: Command) -> None:
    with pytest.raises(redis.exceptions.NoPermissionError) as caught:
        feed.do(user, *command)
    message = str(explain(caught.value))
    assert message.startswith("the feed's access rules refuse this: ")
    assert PASSWORDS[user] not in message


@pytest.mark.parametrize("user", ["tokyo", "tokyo-hq", "node", "trustee"])
def test_nobody_rules_the_server(feed: Feed, user: str) -> None:
    for command in FOR_NOBODY:
        refused(feed, user, command)


def test_a_source_cannot_reach_another_whose_name_begins_like_its_own(feed: Feed) -> None:
    for user, other in (("tokyo", "tokyo-hq"), ("tokyo-hq", "tokyo")):
        stream, snapshot = f"callguard:feed:{other}", f"callguard:snapshot:{other}"
        commands = on(stream, STREAM_WRITES) + on(snapshot, VALUE_WRITES)
        commands += on(f"{snapshot}:1:0", VALUE_WRITES)
        for command in [*commands, ("XRANGE", stream, "-", "+"), ("GET", snapshot)]:
            refused(feed, user, command)


def test_a_source_does_to_its_own_keys_only_what_publishing_needs(feed: Feed) -> None:
    allowed = {"XADD", "XTRIM"}
    for command in on("callguard:feed:tokyo", STREAM_WRITES):
        if command[0] not in allowed:
            refused(feed, "tokyo", command)
    for command in on("callguard:snapshot:tokyo", [("APPEND", "{}", "x"), ("GETDEL", "{}")]):
        refused(feed, "tokyo", command)


def test_a_source_writes_neither_trust_nor_reports(feed: Feed) -> None:
    for key in ("callguard:trust", "callguard:reports"):
        for command in on(key, STREAM_WRITES):
            refused(feed, "tokyo", command)


def test_only_the_reviewing_source_reads_reports(feed: Feed) -> None:
    for user in ("tokyo-hq", "node", "trustee"):
        refused(feed, user, ("XRANGE", "callguard:reports", "-", "+"))


def test_a_node_writes_nothing_but_reports(feed: Feed) -> None:
    for key in ("callguard:feed:tokyo", "callguard:trust", "elsewhere"):
        for command in on(key, STREAM_WRITES):
            refused(feed, "node", command)
    for command in on("callguard:snapshot:tokyo", VALUE_WRITES):
        refused(feed, "node", command)
    for command in on("callguard:reports", STREAM_WRITES):
        if command[0] != "XADD":
            refused(feed, "node", command)


def test_a_trust_operator_reaches_no_list(feed: Feed) -> None:
    for command in on("callguard:feed:tokyo", STREAM_WRITES):
        refused(feed, "trustee", command)
    refused(feed, "trustee", ("GET", "callguard:snapshot:tokyo"))
    refused(feed, "trustee", ("DEL", "callguard:trust"))
    refused(feed, "trustee", ("XTRIM", "callguard:trust", "MAXLEN", 0))


def test_nobody_comes_in_without_a_name_or_with_a_wrong_password(feed: Feed) -> None:
    for url in (feed.url, feed.url.replace("//", "//tokyo:wrong@")):
        with connect(url) as client, pytest.raises(redis.RedisError) as caught:
            client.ping()
        assert str(explain(caught.value)).startswith("the feed refuses the user or the password")


# With a replica and a sentinel, and in a cluster.


def test_a_failover_needs_no_more_rights_than_given(tmp_path: Path, free_ports: Ports) -> None:
    one, two, three = free_ports(3)
    users = tmp_path / "users.acl"
    users.write_text(acl.acl_file(RIGHTS, PASSWORDS))
    lines = (
        f"aclfile {users}",
        "masteruser replica",
        f"masterauth {PASSWORDS['replica']}",
        "repl-diskless-sync-delay 0",
    )
    master = start_server(tmp_path / "1", one, *lines)
    replica = start_server(tmp_path / "2", two, *lines, f"replicaof 127.0.0.1 {one}")
    second = Feed(replica.url)
    with running(master, replica), second.client("admin") as admin:
        until(lambda: admin.info("replication")["master_link_status"] == "up")
        sentinel = start_server(
            tmp_path / "3",
            three,
            f"sentinel monitor police 127.0.0.1 {one} 1",
            "sentinel auth-user police sentinel",
            f"sentinel auth-pass police {PASSWORDS['sentinel']}",
            "sentinel down-after-milliseconds police 300",
            "sentinel failover-timeout police 3000",
            sentinel=True,
        )
        with running(sentinel), redis.Redis(port=three) as watch:
            until(lambda: watch.sentinel_slaves("police"))
            master.kill()
            until(lambda: admin.info("replication")["role"] == "master")
            url = f"sentinel://tokyo:{PASSWORDS['tokyo']}@127.0.0.1:{three}/police"
            with connect(url) as client:
                until(lambda: client.xadd("callguard:feed:tokyo", {"batch": "b"}, id="1-0"))


async def test_the_clients_of_a_cluster_need_no_more_rights_than_given(
    tmp_path: Path, free_ports: Ports
) -> None:
    users = tmp_path / "users.acl"
    users.touch()
    servers = start_cluster(tmp_path, free_ports, f"aclfile {users}")
    with running(*servers):
        users.write_text(acl.acl_file(RIGHTS, PASSWORDS))
        for server in servers:
            with redis.Redis(port=server.port) as stranger:
                stranger.acl_load()
        hosts = ",".join(f"127.0.0.1:{one.port}" for one in servers)
        with connect(f"cluster://tokyo:{PASSWORDS['tokyo']}@{hosts}") as client:
            client.xadd("callguard:feed:tokyo", {"batch": "b"}, id="1-0")
            client.set("callguard:snapshot:tokyo", "manifest")
        async with connect_async(f"cluster://node:{PASSWORDS['node']}@{hosts}") as reader:
            assert await reader.xread({"callguard:feed:tokyo": "0"})
            assert await reader.get("callguard:snapshot:tokyo") == b"manifest"


# Names.


@pytest.mark.parametrize("name", ["", "default", "Tokyo", "to*", "a b", "tokyo:", "x" * 33, "東京"])
def test_a_name_that_could_mean_more_than_one_user_is_refused(name: str) -> None:
    with pytest.raises(FeedError, match="cannot name a Redis user"):
        acl.acl_file({name: acl.NODE}, {name: "secret"})


def test_no_password_is_in_the_file() -> None:
    text = acl.acl_file(RIGHTS, PASSWORDS)
    assert not any(password in text for password in PASSWORDS.values())
    assert text.startswith("user default off ")
