"""Where messages may go."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.notify.addresses import (
    SERVICES,
    is_private,
    mail_address,
    push_subscription,
    service_url,
    shown,
)
from callguard.notify.refusals import NoticeRefused, Trouble

from .senders.receivers import Browser


def trouble(text: str, *, private_targets: bool = False) -> Trouble:
    """Why *text* is no address of a service that may be used."""
    with pytest.raises(NoticeRefused) as caught:
        service_url(text, private_targets=private_targets)
    assert "s3cret" not in str(caught.value)
    return caught.value.trouble


@pytest.mark.parametrize(
    "text", ["hanako@example.jp", "a..b.@docomo.example.jp", "  Hana+ko@mail.example.co.jp "]
)
def test_mail_addresses_as_people_have_them(text: str) -> None:
    assert mail_address(text) == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        *("", "@", "a@", "@b.jp", "a@b", "a@b.j p", "a b@c.jp", "a@b.jp,c@d.jp", "<a@b.jp>"),
        *("a@b.jp\r\nBcc: c@d.jp", "a@[127.0.0.1]", "a@-b.jp", "花@example.jp", "a@b.jp\x00"),
        f"{'a' * 65}@example.jp",
        f"a@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.{'f' * 60}.jp",
    ],
)
def test_what_is_no_mail_address(text: str) -> None:
    with pytest.raises(NoticeRefused) as caught:
        mail_address(text)
    assert caught.value.trouble is Trouble.BAD_MAIL


@pytest.mark.parametrize(
    "text",
    [
        *("line://TOKEN/USER", "ntfy://family", "ntfys://ntfy.example.jp/family"),
        *("jsons://hook.example.jp:8443/path/t0ken", "slack://A1/B2/C3", "tgram://123:ABC/456"),
    ],
)
def test_services_as_apprise_writes_them(text: str) -> None:
    assert service_url(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Trouble.UNKNOWN_SERVICE),
        ("https://example.jp/s3cret", Trouble.UNKNOWN_SERVICE),
        ("mailto://a:s3cret@example.jp", Trouble.UNKNOWN_SERVICE),
        ("file:///s3cret", Trouble.UNKNOWN_SERVICE),
        ("syslog://", Trouble.UNKNOWN_SERVICE),
        ("jsons://", Trouble.BAD_SERVICE),
        ("jsons://a.jp:0/s3cret", Trouble.BAD_SERVICE),
        ("jsons://a.jp:99999/s3cret", Trouble.BAD_SERVICE),
        ("jsons://a.jp/s3cret?template=/etc/passwd", Trouble.BAD_SERVICE),
        ("jsons://a.jp/s3cret#x", Trouble.BAD_SERVICE),
        ("jsons://a.jp/s3 cret", Trouble.BAD_SERVICE),
        ("jsons://a.jp/\x00", Trouble.BAD_SERVICE),
        ("jsons://[::1", Trouble.BAD_SERVICE),
        (f"jsons://a.jp/{'x' * 500}", Trouble.BAD_SERVICE),
        ("json://a.jp/s3cret", Trouble.CLEAR_TEXT),
        ("ntfy://ntfy.example.jp/family", Trouble.CLEAR_TEXT),
        ("jsons://localhost/s3cret", Trouble.PRIVATE_TARGET),
        ("jsons://printer.local/s3cret", Trouble.PRIVATE_TARGET),
        ("jsons://metadata.google.internal/x", Trouble.PRIVATE_TARGET),
        ("jsons://127.0.0.1/s3cret", Trouble.PRIVATE_TARGET),
        ("jsons://127.1/s3cret", Trouble.PRIVATE_TARGET),
        ("jsons://2130706433/s3cret", Trouble.PRIVATE_TARGET),
        ("jsons://0x7f000001/s3cret", Trouble.PRIVATE_TARGET),
        ("jsons://a.jp@10.0.0.1/s3cret", Trouble.PRIVATE_TARGET),
        ("jsons://[::1]/s3cret", Trouble.PRIVATE_TARGET),
        ("jsons://[::ffff:10.0.0.1]/s3cret", Trouble.PRIVATE_TARGET),
        ("jsons://169.254.169.254/latest", Trouble.PRIVATE_TARGET),
    ],
)
def test_services_that_may_not_be_used(text: str, expected: Trouble) -> None:
    assert trouble(text) is expected


def test_a_home_may_send_within_its_own_network() -> None:
    for text in ("ntfy://192.168.1.5/family", "json://nas.local:8000/hook"):
        assert service_url(text, private_targets=True) == text
    assert trouble("file:///etc/passwd", private_targets=True) is Trouble.UNKNOWN_SERVICE


def test_what_is_shown_tells_no_secret() -> None:
    assert shown("line://s3cret/user") == "LINE"
    assert shown("discord://s3cret/s3cret") == "Discord"
    assert shown("ntfy://s3cret-topic") == "ntfy"
    assert shown("jsons://u:s3cret@hook.example.jp/s3cret") == "webhook (hook.example.jp)"


@pytest.mark.parametrize(
    ("address", "private"),
    [
        *(("127.0.0.1", True), ("10.1.2.3", True), ("100.64.0.1", True), ("192.168.0.1", True)),
        *(("169.254.169.254", True), ("0.0.0.0", True), ("224.0.0.1", True)),
        *(("::1", True), ("fe80::1%eth0", True), ("fc00::1", True), ("::ffff:127.0.0.1", True)),
        *(("64:ff9b::7f00:1", True), ("2002:7f00:1::", True), ("ff02::1", True)),
        *(("8.8.8.8", False), ("2001:4860:4860::8888", False), ("64:ff9b::808:808", False)),
    ],
)
def test_private_addresses_are_known(address: str, private: bool) -> None:
    assert is_private(address) is private


def test_a_subscription_is_read_as_browsers_write_it() -> None:
    browser = Browser("https://push.example.jp/abc")
    read = push_subscription(browser.subscription)
    assert read.endpoint == browser.endpoint
    assert push_subscription(read.to_json()) == read


@pytest.mark.parametrize(
    "change",
    [
        *({"endpoint": "http://push.example.jp/x"}, {"endpoint": "https://10.0.0.1/x"}),
        *({"endpoint": "https://push.example.jp/" + "x" * 1000}, {"endpoint": 5}),
        *({"endpoint": "https://a.jp:99999/"}, {"endpoint": "https:///x"}, {"keys": None}),
        *({"keys": {"p256dh": "AAAA", "auth": "AAAA"}}, {"keys": {"p256dh": 1, "auth": []}}),
    ],
)
def test_a_subscription_that_is_none(change: dict[str, object]) -> None:
    content = json.loads(Browser("https://push.example.jp/abc").subscription)
    with pytest.raises(NoticeRefused):
        push_subscription(json.dumps(content | change))


@given(st.text(max_size=60), st.sampled_from(["", *(f"{one}://" for one in SERVICES)]))
def test_any_text_is_an_address_or_refused(text: str, scheme: str) -> None:
    for read in (mail_address, push_subscription, service_url):
        with contextlib.suppress(NoticeRefused):
            read(scheme + text)


@given(st.recursive(st.none() | st.integers() | st.text(max_size=9), st.lists, max_leaves=9))
def test_any_json_is_a_subscription_or_refused(content: object) -> None:
    for one in (content, {"endpoint": content, "keys": content}, {"endpoint": "", "keys": {}}):
        with pytest.raises(NoticeRefused):
            push_subscription(json.dumps(one))
