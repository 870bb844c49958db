"""The mail server that the settings name."""

from pathlib import Path

import pytest

from callguard.notify.mail_server import MailServer, MailServerError

FROM = "news@guard.example.jp"


def read(url: str, sender: str = FROM) -> MailServer:
    found = MailServer.read(url, sender)
    assert found is not None
    return found


def test_without_a_url_there_is_none() -> None:
    assert MailServer.read("", "") is None


def test_ports_and_tls_go_by_the_scheme() -> None:
    assert (read("smtp://mail.example.jp").port, read("smtp://mail.example.jp").tls) == (587, False)
    assert (read("smtps://mail.example.jp").port, read("smtps://mail.example.jp").tls) == (
        465,
        True,
    )
    assert read("smtp://localhost:25").port == 25


def test_a_password_may_hold_anything_and_is_never_shown() -> None:
    server = read("smtp://us%40er:p%3A%2F%40ss@mail.example.jp")
    assert (server.user, server.password) == ("us@er", "p:/@ss")
    assert "p:/@ss" not in repr(server)


@pytest.mark.parametrize(
    "url",
    [
        *("mail.example.jp", "http://mail.example.jp", "smtp://", "smtp://h:0", "smtp://h:x"),
        *("smtp://h/path", "smtp://h?x", "smtp://u:s3cret@h:99999"),
    ],
)
def test_a_url_that_is_none_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(MailServerError, match="smtp_url cannot be read") as caught:
        MailServer.read(url, FROM)
    assert "s3cret" not in str(caught.value)


def test_a_sender_that_is_no_address_is_refused() -> None:
    with pytest.raises(MailServerError, match="smtp_from is 'news'"):
        MailServer.read("smtp://mail.example.jp", "news")


def test_an_authority_that_is_no_certificate_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("nothing")
    server = MailServer.read("smtps://mail.example.jp", FROM, path)
    assert server is not None
    with pytest.raises(MailServerError, match="smtp_ca"):
        server.context()
