"""The Redis URL: what is read in it, and what is refused without repeating it."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callguard.blocklist.errors import FeedError
from callguard.feed.address import TLS, Address, Shape, parse

FILES = TLS(Path("ca.pem"), Path("node.crt"), Path("node.key"))


def refusal(url: str) -> str:
    with pytest.raises(FeedError) as caught:
        parse(url, TLS())
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


def address(shape: Shape, **values: object) -> Address:
    nothing = {
        "hosts": (),
        "socket": "",
        "service": "",
        "username": None,
        "password": None,
        "db": 0,
        "tls": None,
    }
    return Address(shape=shape, **{**nothing, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://feed.invalid", address(Shape.SERVER, hosts=(("feed.invalid", 6379),))),
        ("redis://[::1]:7000/3", address(Shape.SERVER, hosts=(("::1", 7000),), db=3)),
        (
            "rediss://tokyo:p%40ss@feed.invalid",
            address(
                Shape.SERVER,
                hosts=(("feed.invalid", 6379),),
                username="tokyo",
                password="p@ss",
                tls=TLS(),
            ),
        ),
        ("unix:///run/redis%20/s?db=2", address(Shape.SOCKET, socket="/run/redis /s", db=2)),
        (
            "unix://node:secret@/run/s",
            address(Shape.SOCKET, socket="/run/s", username="node", password="secret"),
        ),
        (
            "sentinel://node:secret@a,b:2/police?db=1&tls=0",
            address(
                Shape.SENTINEL,
                hosts=(("a", 26379), ("b", 2)),
                service="police",
                username="node",
                password="secret",
                db=1,
            ),
        ),
        (
            "cluster://a:1,b:2?tls=1",
            address(Shape.CLUSTER, hosts=(("a", 1), ("b", 2)), tls=TLS()),
        ),
    ],
)
def test_a_url_is_read(url: str, expected: Address) -> None:
    assert parse(url, TLS()) == expected


def test_with_tls_the_files_of_the_settings_are_used_or_those_of_the_url() -> None:
    assert parse("rediss://a", FILES).tls == FILES
    assert parse("rediss://a?ca=other.pem", FILES).tls == TLS(
        Path("other.pem"), FILES.cert, FILES.key
    )


def test_without_tls_the_files_of_the_settings_are_not_used() -> None:
    assert parse("redis://a", FILES).tls is None


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "begin it with"),
        ("feed.invalid:6379", "begin it with"),
        ("http://feed.invalid", "begin it with"),
        ("redis:feed.invalid", "begin it with"),
        ("redis://[::1", "not written as a URL"),
        ("redis://", "HOST:PORT"),
        ("redis://a:port", "HOST:PORT"),
        ("redis://a:0", "HOST:PORT"),
        ("redis://a:65536", "HOST:PORT"),
        ("redis://a b", "HOST:PORT"),
        ("redis://a,b", "several hosts"),
        ("redis://a/one", "not a number"),
        ("redis://a?db=-1", "not a number"),
        ("redis://a?db", "not written as a URL"),
        ("redis://a?db=1&db=2", "an option twice"),
        ("redis://a?timeout=1", "of options there are"),
        ("redis://a?tls=1", "of options there are"),
        ("redis://a?ca=x", "for TLS"),
        ("redis://a#b", "a # in it"),
        ("unix://run/s", "whole path"),
        ("unix://", "whole path"),
        ("sentinel://a", "name the service"),
        ("sentinel://a/b/c", "name the service"),
        ("sentinel://a/b?tls=yes", "tls=1"),
        ("cluster://a/1", "only database 0"),
        ("cluster://a?db=1", "only database 0"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused(url: str, message: str) -> None:
    assert message in refusal(url)


def test_a_key_without_a_certificate_is_refused() -> None:
    assert refusal("rediss://a?key=k.pem") == (
        "redis_key is k.pem, but redis_cert names no certificate"
    )


@given(
    scheme=st.sampled_from(["redis", "rediss", "unix", "sentinel", "cluster", "http"]),
    rest=st.text(alphabet=":/?#[]@,%&=.x 1\n"),
)
@settings(deadline=None, derandomize=True)
def test_a_password_written_anyhow_is_never_repeated(scheme: str, rest: str) -> None:
    url = f"{scheme}://tokyo:S3CRET{rest}@feed.invalid"
    try:
        said = repr(parse(url, TLS()))
    except FeedError as error:
        said = str(error)
    assert "S3CRET" not in said
    assert len(said.splitlines()) == 1
