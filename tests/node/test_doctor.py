"""The doctor finds what is broken and says how to mend it; a home in health is in tests/calls."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from callguard.asterisk.site import HouseholdSite, Loader, write_site
from callguard.blocklist.node_list import NodeList
from callguard.blocklist.source_list import SourceList
from callguard.blocklist.store import ListStore
from callguard.database import Database
from callguard.feed import acl
from callguard.households.policy_file import PolicyFile
from callguard.households.registry import Registry
from callguard.households.replica import digests
from callguard.node import doctor
from callguard.node.doctor import Finding, State, examine
from callguard.settings import Settings
from callguard.trail import COMMAND_LINE

from ..feed.servers import running, start_server
from ..notify.senders.mail_servers import PASSWORD, USER, Certificates, Mailbox, mail_server
from ..postgres import Postgres

FreePorts = Callable[..., list[int]]


@pytest.fixture
def settings(tmp_path: Path, free_ports: FreePorts) -> Settings:
    """A node that has a data folder and nothing running."""
    agi, http, ami = free_ports(3)
    return Settings(data=tmp_path, agi_port=agi, http_port=http, ami_port=ami, ami_secret="secret")


async def finding(settings: Settings, part: str) -> Finding:
    return next(found for found in await examine(settings) if found.part == part)


async def test_a_node_that_does_not_run_is_to_be_started(settings: Settings) -> None:
    agi = await finding(settings, "FastAGI")
    assert agi.state is State.BAD
    assert "callguard serve" in agi.mend
    feed = await finding(settings, "feed")
    assert feed.state is State.BAD
    assert "start callguard" in feed.mend


@pytest.mark.parametrize("rights", [acl.NODE, acl.NODE.replace(" +time", "")])
async def test_the_feed_of_a_node_with_rights_of_its_own(
    settings: Settings, tmp_path: Path, free_ports: FreePorts, rights: str
) -> None:
    """Those of before, without the clock, too."""
    (tmp_path / "users.acl").write_text(acl.acl_file({"node": rights}, {"node": "secret"}))
    started = start_server(tmp_path, free_ports(1)[0], f"aclfile {tmp_path}/users.acl")
    with running(started):
        node = started.url.replace("//", "//node:secret@")
        feed = await finding(replace(settings, redis_url=node), "feed")
    assert feed.detail.startswith("Redis answers")
    assert feed.state is (State.GOOD if rights == acl.NODE else State.NOTE)


async def test_sentinels_that_do_not_answer(settings: Settings) -> None:
    away = replace(settings, redis_url="sentinel://node:secret@127.0.0.1:1/callguard")
    feed = await finding(away, "feed")
    assert feed.state is State.BAD
    assert "secret" not in feed.detail


async def test_a_missing_data_folder(settings: Settings, tmp_path: Path) -> None:
    missing = Settings(data=tmp_path / "missing", ami_port=settings.ami_port)
    data = await finding(missing, "data")
    assert data.state is State.BAD
    assert "missing" in data.detail


async def test_a_disk_with_little_room(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "MIN_FREE_BYTES", 2**63)
    data = await finding(settings, "data")
    assert data.state is State.BAD
    assert "make room" in data.mend


async def test_no_database_and_no_household(settings: Settings) -> None:
    assert (await finding(settings, "database")).state is State.BAD
    Database(settings.households).close()
    empty = await finding(settings, "database")
    assert empty.state is State.NOTE
    assert "household add" in empty.mend


async def test_a_damaged_database(settings: Settings) -> None:
    settings.database_file.write_bytes(b"no database at all" * 100)
    found = await finding(settings, "database")
    assert found.state is State.BAD
    assert "backup" in found.mend


async def test_a_database_elsewhere_and_this_nodes_copy_of_it(
    settings: Settings, postgres: Postgres
) -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    with postgres.database() as url:
        away = replace(settings, database_url=url)
        copy = await finding(away, "database")
        assert copy.state is State.BAD
        assert "serve makes it" in copy.mend
        with closing(PolicyFile(away.database_file)) as file:
            file.replace([])
        assert "no household yet" in (await finding(away, "database")).detail
        database = Database(url)
        Registry(database).add("0422-99-0000", "x", consent_by="x", by=COMMAND_LINE, now=now)
        database.close()
        behind = await finding(away, "database")
        assert (behind.state, behind.detail) == (
            State.BAD,
            "1 of 1 policies differ from this node's copy",
        )
        with closing(PolicyFile(away.database_file)) as file:
            file.replace((line, digest, "") for line, digest in digests(url).items())
        found = await finding(away, "database")
        assert (found.state, found.detail) == (State.GOOD, "1 household")
    gone = await finding(away, "database")
    assert gone.state is State.BAD
    assert "does not exist" in gone.detail


async def test_a_damaged_list(settings: Settings) -> None:
    ListStore(settings.lists).save(NodeList(SourceList("police")))
    path = settings.lists / "police.list"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    found = await finding(settings, "police list")
    assert found.state is State.BAD
    assert "damaged" in found.detail


async def test_no_trusted_source(settings: Settings) -> None:
    found = await finding(settings, "police list")
    assert found.state is State.NOTE
    assert "trust install" in found.mend


async def test_no_asterisk_answers(settings: Settings) -> None:
    found = await finding(settings, "AMI")
    assert found.state is State.BAD
    assert "is Asterisk running?" in found.mend


async def test_a_clock_in_the_past(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_BUILT", datetime(9000, 1, 1, tzinfo=UTC))
    found = await finding(settings, "clock")
    assert found.state is State.BAD
    assert "NTP" in found.mend


async def test_the_announcements_are_whole(settings: Settings) -> None:
    assert (await finding(settings, "announcements")).state is State.GOOD


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fallback": Path("/nowhere/callguard-agi")}, "cannot be run"),
        ({"agi": "127.0.0.1:1"}, "it asks 127.0.0.1:1"),
        ({"sounds": Path("/nowhere")}, "no announcement"),
    ],
)
async def test_an_asterisk_laid_out_wrongly(
    settings: Settings, tmp_path: Path, change: dict[str, object], said: str
) -> None:
    script = tmp_path / "callguard-agi"
    script.touch(mode=0o755)
    values: dict[str, object] = {
        "folder": tmp_path / "asterisk",
        "line": "0422-99-0000",
        "agi": f"127.0.0.1:{settings.agi_port}",
        "fallback": script,
        "ami_port": settings.ami_port,
        "ami_secret": "secret",
    }
    loader = Loader(("asterisk",), tmp_path, tmp_path)
    etc = tmp_path / "asterisk" / "etc"
    looked_at = Settings(
        data=settings.data,
        agi_port=settings.agi_port,
        ami_port=settings.ami_port,
        asterisk_config=etc,
    )
    write_site(HouseholdSite(**values), loader)  # type: ignore[arg-type]
    assert (await finding(looked_at, "Asterisk")).state is State.GOOD
    write_site(HouseholdSite(**{**values, **change}), loader)  # type: ignore[arg-type]
    found = await finding(looked_at, "Asterisk")
    assert found.state is State.BAD
    assert said in found.detail


async def test_without_a_mail_server_nobody_is_told_by_mail(settings: Settings) -> None:
    found = await finding(settings, "mail")
    assert (found.state, found.mend) == (
        State.NOTE,
        "set CALLGUARD_SMTP_URL and CALLGUARD_SMTP_FROM: see docs/notices.md",
    )


async def test_a_mail_server_and_its_login_are_tried(settings: Settings, tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    async with mail_server(Mailbox(), certificates, tls=True, login=True) as server:
        url = f"smtps://{USER}:{quote(PASSWORD, safe='')}@localhost:{server.port}"
        given: dict[str, Any] = {"smtp_from": server.sender, "smtp_ca": certificates.authority}
        good = await finding(replace(settings, smtp_url=url, **given), "mail")
        wrong = await finding(replace(settings, smtp_url=url.replace(USER, "x"), **given), "mail")
        given["smtp_ca"] = None
        stranger = await finding(replace(settings, smtp_url=url, **given), "mail")
    assert good.state is State.GOOD
    assert wrong.mend == "check user and password in CALLGUARD_SMTP_URL"
    assert "CALLGUARD_SMTP_CA" in stranger.mend
    assert PASSWORD not in good.detail + wrong.detail + stranger.detail


async def test_a_mail_server_that_is_away(settings: Settings) -> None:
    away = replace(settings, smtp_url="smtp://127.0.0.1:1", smtp_from="news@guard.jp")
    found = await finding(away, "mail")
    assert (found.state, found.detail) == (State.BAD, "127.0.0.1:1: unreachable")


async def test_where_asterisk_records_must_be_known_and_its_own(
    settings: Settings, tmp_path: Path
) -> None:
    unknown = await finding(settings, "recordings")
    assert unknown.state is State.NOTE
    assert "CALLGUARD_RECORDINGS_SPOOL" in unknown.mend
    spool = tmp_path / "spool"
    there = replace(settings, recordings_spool=spool)
    assert (await finding(there, "recordings")).state is State.BAD
    spool.mkdir(mode=0o755)
    open_to_all = await finding(there, "recordings")
    assert open_to_all.state is State.BAD
    assert open_to_all.mend == f"chmod o= {spool}"
    spool.chmod(0o770)
    assert (await finding(there, "recordings")).state is State.GOOD
