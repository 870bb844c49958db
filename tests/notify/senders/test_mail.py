"""Mail, handed in to a real server, and to hostile ones."""

import asyncio
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.notify.addresses import mail_address
from callguard.notify.faults import Fault
from callguard.notify.mail_server import MailServer
from callguard.notify.senders import Abandoned, mail
from callguard.notify.senders.mail import Mail, compose

from .letter import AT, Step, letter
from .mail_servers import Certificates, Mailbox, dripping, hostile_server, mail_server, saying

HANAKO = "hanako@example.jp"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def box() -> Mailbox:
    return Mailbox()


async def test_a_mail_arrives_in_text_and_html(box: Mailbox) -> None:
    step = Step()
    async with mail_server(box) as server:
        assert await Mail(server).send(letter(HANAKO), step) is None
    [(recipient, message)] = box.mails
    assert recipient == message["To"] == HANAKO
    assert message["Subject"] == "中村家：試しのお知らせです"
    assert message["From"] == "callguard <news@guard.example.jp>"
    assert parsedate_to_datetime(message["Date"]) == AT
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "<準備> は & できています。" in text.get_content()
    assert "https://guard.example.jp/h/1/notices" in text.get_content()
    assert "&lt;準備&gt; は &amp; できています。" in html.get_content()
    assert 'lang="ja"' in html.get_content()
    assert step.taken == 1


async def test_each_try_has_the_same_message_id(box: Mailbox) -> None:
    async with mail_server(box) as server:
        for _ in range(2):
            assert await Mail(server).send(letter(HANAKO), Step()) is None
        assert await Mail(server).send(letter(HANAKO, reference="f" * 32), Step()) is None
    first, second, other = [message["Message-ID"] for _, message in box.mails]
    assert first == second == "<0123456789abcdef0123456789abcdef@guard.example.jp>"
    assert other != first


async def test_it_is_encrypted_by_starttls(box: Mailbox, certificates: Certificates) -> None:
    async with mail_server(box, certificates, login=True) as server:
        assert await Mail(server).send(letter(HANAKO), Step()) is None
    assert box.encrypted == [True]


async def test_it_is_encrypted_from_the_start(box: Mailbox, certificates: Certificates) -> None:
    async with mail_server(box, certificates, tls=True, login=True) as server:
        assert await Mail(server).send(letter(HANAKO), Step()) is None
    assert box.encrypted == [True]


async def test_a_login_is_not_sent_without_encryption(box: Mailbox) -> None:
    async with mail_server(box, login=False) as server:
        with_login = MailServer(server.host, server.port, server.sender, False, "guard", "secret")
        failure = await Mail(with_login).send(letter(HANAKO), Step())
    assert str(failure) == "no-encryption"
    assert box.mails == []


async def test_a_certificate_of_an_unknown_authority_is_refused(
    box: Mailbox, certificates: Certificates
) -> None:
    for tls in (True, False):
        async with mail_server(box, certificates, tls=tls) as server:
            stranger = MailServer(server.host, server.port, server.sender, tls)
            assert str(await Mail(stranger).send(letter(HANAKO), Step())) == "certificate"
    assert box.mails == []


async def test_a_certificate_of_another_name_is_refused(
    box: Mailbox, certificates: Certificates
) -> None:
    async with mail_server(box, certificates, tls=True) as server:
        other = MailServer("127.0.0.1", server.port, server.sender, True, "", "", server.authority)
        assert str(await Mail(other).send(letter(HANAKO), Step())) == "certificate"


async def test_a_wrong_password(box: Mailbox, certificates: Certificates) -> None:
    async with mail_server(box, certificates, tls=True, login=True) as server:
        wrong = MailServer(
            server.host, server.port, server.sender, True, "guard", "wrong", server.authority
        )
        failure = await Mail(wrong).send(letter(HANAKO), Step())
    assert str(failure) == "mail-login 535"
    assert failure is not None
    assert not failure.fault.lasting  # the operator will mend it


@pytest.mark.parametrize(
    ("reply", "failure", "lasting"),
    [
        ("550 5.1.1 no such user", "address 550", True),
        ("554 5.7.1 no", "refused 554", True),
        ("451 4.7.1 greylisted, come back", "busy 451", False),
        ("421 4.3.2 too many", "busy 421", False),
    ],
)
async def test_an_address_that_is_refused(
    box: Mailbox, reply: str, failure: str, lasting: bool
) -> None:
    box.refuse[HANAKO] = reply
    step = Step()
    async with mail_server(box) as server:
        found = await Mail(server).send(letter(HANAKO), step)
    assert found is not None
    assert (str(found), found.fault.lasting, step.taken) == (failure, lasting, 0)


@pytest.mark.parametrize(
    ("reply", "failure"), [("552 too big", "refused 552"), ("452 no space", "busy 452")]
)
async def test_a_message_that_is_refused_at_its_end(box: Mailbox, reply: str, failure: str) -> None:
    box.at_data.append(reply)
    async with mail_server(box) as server:
        assert str(await Mail(server).send(letter(HANAKO), Step())) == failure


async def test_without_a_server_nothing_is_sent() -> None:
    step = Step()
    assert str(await Mail(None).send(letter(HANAKO), step)) == "no-mail-server"
    assert step.taken == 0


async def test_nobody_listens() -> None:
    server = MailServer("127.0.0.1", 1, "news@guard.example.jp", tls=False)
    assert str(await Mail(server).send(letter(HANAKO), Step())) == "unreachable"


async def test_a_message_that_somebody_else_took_over_is_not_sent(box: Mailbox) -> None:
    async with mail_server(box) as server:
        with pytest.raises(Abandoned):
            await Mail(server).send(letter(HANAKO), Step(allowed=False))
    assert box.mails == []


@pytest.mark.parametrize(
    "replies",
    [
        [],
        [b""],
        [b"HTTP/1.1 400 Bad Request\r\n"],
        [b"220 hello\r\n", b"\xff\xfe\x00\r\n"],
        [b"220 hello\r\n", b"250-" + b"x" * 20_000 + b"\r\n"],
        [b"220 hello\r\n", b"250 hi\r\n", b"999999999 what\r\n"],
        [b"554 go away\r\n"],
        [b"220 hello\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"220 hello\r\n"],
    ],
)
async def test_a_hostile_server_is_left_and_the_message_kept(
    replies: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "STEP_SECONDS", 0.2)
    async with hostile_server(saying(replies)) as server:
        failure = await Mail(server).send(letter(HANAKO), Step())
    assert failure is not None
    assert failure.fault in {Fault.TIMEOUT, Fault.UNREACHABLE, Fault.REFUSED, Fault.BUSY}


async def test_a_server_that_answers_a_little_at_a_time_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mail, "WHOLE_SECONDS", 0.5)

    async with hostile_server(dripping) as slow:
        assert str(await Mail(slow).send(letter(HANAKO), Step())) == "timeout"


async def test_an_address_as_japanese_mobiles_have_it_is_used_as_it_is(box: Mailbox) -> None:
    address = "hana..ko.@docomo.example.jp"
    assert mail_address(address) == address
    async with mail_server(box) as server:
        assert await Mail(server).send(letter(address), Step()) is None
    assert box.mails[0][0] == address


@given(st.text(max_size=300), st.text(max_size=100))
def test_nothing_that_people_write_can_add_a_header(title: str, text: str) -> None:
    mail = compose(letter(HANAKO, title=" ".join(title.split()), text=text), "news@guard.jp")
    head = mail.partition(b"\r\n\r\n")[0]
    names = {line.partition(b":")[0] for line in head.split(b"\r\n") if line[:1].strip()}
    assert names == {
        *(b"To", b"Subject", b"From", b"Date", b"Message-ID", b"Auto-Submitted"),
        *(b"MIME-Version", b"Content-Type"),
    }
    assert mail.isascii()


def test_an_authority_that_is_no_file_is_a_fault_of_the_certificate(tmp_path: Path) -> None:
    async def send() -> str:
        server = MailServer("localhost", 1, "a@b.jp", True, "", "", tmp_path / "missing.pem")
        return str(await Mail(server).send(letter(HANAKO), Step()))

    assert asyncio.run(send()) == "certificate"
