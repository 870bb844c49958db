"""Clients of the feed's Redis, however it is run: one server, a Unix socket, Sentinel or Cluster.

A connection that has died without a word (a router forgot it, the other machine lost power) is
found by TCP itself: by keepalive probes while nobody speaks, by TCP_USER_TIMEOUT while what was
sent is not acknowledged. Either takes about 30 seconds, and then fails the read in progress.
"""

import socket
import ssl
from typing import Any

import redis
import redis.asyncio
from redis.asyncio.cluster import ClusterNode as AsyncClusterNode
from redis.asyncio.retry import Retry as AsyncRetry
from redis.asyncio.sentinel import MasterNotFoundError as AsyncMasterNotFoundError
from redis.asyncio.sentinel import Sentinel as AsyncSentinel
from redis.asyncio.sentinel import SentinelConnectionPool as AsyncSentinelConnectionPool
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry
from redis.sentinel import MasterNotFoundError, Sentinel, SentinelConnectionPool

from ..blocklist.errors import FeedError
from .address import TLS, Address, Shape, parse

_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 15.0
_MORE_TRIES = 1
"""For a connection that has ended since its last use; how long to wait for a feed that is gone is
for the caller to say. A cluster's client tries as often as redis means it to, while it moves."""
_KEEPALIVE = {
    socket.TCP_KEEPIDLE: 15,
    socket.TCP_KEEPINTVL: 5,
    socket.TCP_KEEPCNT: 3,
    socket.TCP_USER_TIMEOUT: 30_000,
}
_SUDDEN_ENDINGS = ("reset by peer", "closed by server", "EOF occurred", "Broken pipe")
"""With TLS 1.3 a client is refused after it has begun to speak, and then may hear no more than
this: it depends on who was faster.
"""
_NO_FILES = TLS()

# redis leaves these without types.
_cluster_node: Any = ClusterNode
_sentinel: Any = Sentinel
_async_sentinel: Any = AsyncSentinel

FAULTS = (redis.RedisError, redis.exceptions.RedisClusterException)
"""What a command raises if the feed does not answer or refuses; see :func:`explain`."""

Client = redis.Redis | redis.RedisCluster
AsyncClient = redis.asyncio.Redis | redis.asyncio.RedisCluster


def connect(url: str, tls: TLS = _NO_FILES) -> Client:
    """Return a client for commands that answer within 15 seconds, as a publisher's do.

    Raises:
        FeedError: the URL or a TLS file cannot be used, or a cluster, whose client asks at once
            which server holds what, cannot be reached.

    """
    address = parse(url, tls)
    options = _options(address, _ANSWER_SECONDS)
    if address.shape is Shape.CLUSTER:
        nodes = [_cluster_node(host, port) for host, port in address.hosts]
        try:
            return redis.RedisCluster(startup_nodes=nodes, **options)
        except FAULTS as error:
            raise explain(error) from error
    if address.shape is Shape.SENTINEL:
        sentinels = _sentinel(address.hosts, sentinel_kwargs=_to_sentinels(options, Retry))
        client: redis.Redis = sentinels.master_for(
            address.service,
            connection_pool_class=_SentinelPool,
            db=address.db,
            retry=Retry(NoBackoff(), _MORE_TRIES),
            **options,
        )
        return client
    return redis.Redis(
        **_where(address), db=address.db, retry=Retry(NoBackoff(), _MORE_TRIES), **options
    )


def connect_async(url: str, tls: TLS = _NO_FILES) -> AsyncClient:
    """Return a client whose reads may block for ever: who reads sets the time.

    After a Sentinel failover one command fails for each connection, and the next is for the new
    master: redis first tries the old address again, with asyncio.

    Raises:
        FeedError: the URL or a TLS file cannot be used.

    """
    address = parse(url, tls)
    # With a socket_timeout, redis sends by asyncio.wait_for, which in Python 3.11 can swallow a
    # cancellation, and then nothing ends who waits for the feed.
    options = _options(address, None)
    if address.shape is Shape.CLUSTER:
        nodes = [AsyncClusterNode(host, port) for host, port in address.hosts]
        return redis.asyncio.RedisCluster(startup_nodes=nodes, **options)
    if address.shape is Shape.SENTINEL:
        sentinels = _async_sentinel(
            address.hosts, sentinel_kwargs=_to_sentinels(options, AsyncRetry)
        )
        client: redis.asyncio.Redis = sentinels.master_for(
            address.service,
            connection_pool_class=_AsyncSentinelPool,
            db=address.db,
            retry=AsyncRetry(NoBackoff(), _MORE_TRIES),
            **options,
        )
        return client
    return redis.asyncio.Redis(
        **_where(address), db=address.db, retry=AsyncRetry(NoBackoff(), _MORE_TRIES), **options
    )


def is_cluster(url: str) -> bool:
    """Tell whether streams must be read one by one: a cluster refuses an XREAD across its slots.

    Raises:
        FeedError: the URL cannot be used.

    """
    return parse(url, _NO_FILES).shape is Shape.CLUSTER


def explain(error: Exception) -> FeedError:
    """Say in one line why the feed did not answer, and how to mend it."""
    text = " ".join(str(error).split())
    if "CERTIFICATE_VERIFY_FAILED" in text:
        why = text.partition("certificate verify failed: ")[2].partition(" (_ssl")[0]
        return FeedError(
            f"the feed's certificate is not trusted ({why}); redis_ca names the CA that signed it"
        )
    if "CERTIFICATE_REQUIRED" in text or "HANDSHAKE_FAILURE" in text:
        return FeedError(
            "the feed asks for a client certificate that it knows; set redis_cert and redis_key"
        )
    if isinstance(error, MasterNotFoundError | AsyncMasterNotFoundError):
        return FeedError("the feed cannot be reached: no sentinel names a master that is up")
    if isinstance(error, redis.AuthenticationError):
        return FeedError("the feed refuses the user or the password of the Redis URL")
    if isinstance(error, redis.exceptions.NoPermissionError):
        return FeedError(f"the feed's access rules refuse this: {text}")
    if any(ending in text for ending in _SUDDEN_ENDINGS):
        text += "; if it asks for a client certificate, set redis_cert and redis_key"
    return FeedError(f"the feed cannot be reached: {text}")


class _SentinelPool(SentinelConnectionPool):
    """Closes the connections to the sentinels too, which nobody else would."""

    def disconnect(self, inuse_connections: bool = True) -> None:
        super().disconnect(inuse_connections)
        if inuse_connections:
            self.sentinel_manager.close()


class _AsyncSentinelPool(AsyncSentinelConnectionPool):
    """The same, with asyncio."""

    async def disconnect(self, inuse_connections: bool = True) -> None:
        await super().disconnect(inuse_connections)
        if inuse_connections:
            await self.sentinel_manager.aclose()


def _where(address: Address) -> dict[str, Any]:
    if address.shape is Shape.SOCKET:
        return {"unix_socket_path": address.socket}
    host, port = address.hosts[0]
    return {"host": host, "port": port}


def _options(address: Address, answer_seconds: float | None) -> dict[str, Any]:
    options: dict[str, Any] = {
        "username": address.username,
        "password": address.password,
        "socket_connect_timeout": _CONNECT_SECONDS,
        "socket_timeout": answer_seconds,
        # No word about the client's version, nor about a vendor's maintenance: Redis 7.0 knows
        # neither, and a refused command would stand in the ACL log as an attempt.
        "driver_info": None,
        "maint_notifications_config": MaintNotificationsConfig(enabled=False),
    }
    if address.shape is not Shape.SOCKET:
        options |= {"socket_keepalive": True, "socket_keepalive_options": _KEEPALIVE}
    if address.tls is not None:
        options |= _tls_options(address.tls)
    return options


def _to_sentinels(options: dict[str, Any], retry: type[Retry | AsyncRetry]) -> dict[str, Any]:
    """Sentinels have no users of the feed; they answer soon, or the next one is asked."""
    kept = {name: value for name, value in options.items() if name.startswith(("socket_", "ssl"))}
    return {**kept, "socket_timeout": _CONNECT_SECONDS, "retry": retry(NoBackoff(), 0)}


def _tls_options(tls: TLS) -> dict[str, Any]:
    """Try the files first: redis would read them at each connection, and name none of them."""
    context = ssl.create_default_context()
    try:
        if tls.ca is not None:
            context.load_verify_locations(tls.ca)
    except OSError as error:
        raise FeedError(f"redis_ca: {tls.ca} is not a readable PEM certificate") from error
    try:
        if tls.cert is not None:
            # An empty password, since OpenSSL would ask the terminal for that of a locked key.
            context.load_cert_chain(tls.cert, tls.key, password="")
    except OSError as error:
        files = tls.cert if tls.key is None else f"{tls.cert} and {tls.key}"
        raise FeedError(
            f"redis_cert, redis_key: {files} are not a certificate and its key, in PEM, unlocked"
        ) from error
    return {
        "ssl": True,
        "ssl_ca_certs": str(tls.ca) if tls.ca else None,
        "ssl_certfile": str(tls.cert) if tls.cert else None,
        "ssl_keyfile": str(tls.key or tls.cert) if tls.cert else None,
    }
