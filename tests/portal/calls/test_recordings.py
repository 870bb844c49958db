"""Recordings in the portal: heard by those with the right, in parts, and erased."""

import io
import zipfile
from datetime import timedelta

import aiohttp
import pytest

from callguard.people.grants import Grants
from callguard.people.rights import Role
from callguard.recordings.models import RecordingRow
from callguard.recordings.shelf import Flaw
from callguard.trail import Doer, Trail, What

from ..called import log_call
from ..recorded import record_call
from ..site import NOON, OPERATOR, Site

HOUR = timedelta(hours=1)
LISTENERS = (Role.MANAGER, Role.MEMBER, Role.SUBSCRIBER)


@pytest.fixture
def call(site: Site) -> str:
    return log_call(site.database, site.household, "0422-99-3333", NOON - HOUR)


def sound_path(site: Site, call: str) -> str:
    return site.path(f"calls/{call}/recording.wav")


@pytest.mark.parametrize("role", LISTENERS)
async def test_a_recording_is_heard_as_it_was(site: Site, call: str, role: Role) -> None:
    said = record_call(site, call)
    visitor = site.visitor(role)
    for page in (await visitor.get(site.path("calls")), await visitor.get(site.path("calls"))):
        assert f'src="{sound_path(site, call)}"' in page.text
    detail = await visitor.get(site.path(f"calls/{call}"))
    assert f'src="{sound_path(site, call)}"' in detail.text
    assert "録音（1秒）" in detail.words
    heard = await visitor.get(sound_path(site, call))
    assert heard.status == 200
    assert heard.body == said
    assert heard.headers["Content-Type"] == "audio/wav"
    assert heard.headers["Accept-Ranges"] == "bytes"
    assert heard.headers["Cache-Control"] == "no-store"


@pytest.mark.database("sqlite")
async def test_a_player_gets_the_parts_that_it_asks_for(site: Site, call: str) -> None:
    said = record_call(site, call, seconds=10)
    visitor = site.visitor()
    path = sound_path(site, call)
    for header, status, body in (
        ("bytes=0-1", 206, said[:2]),
        ("bytes=65000-140000", 206, said[65000:140001]),
        ("bytes=-100", 206, said[-100:]),
        ("bytes=160000-", 206, said[160000:]),
        ("nonsense", 200, said),
        ("bytes=5-1", 200, said),
        ("bytes=0-1,4-5", 200, said),
        ("bytes=99999999-", 416, None),
    ):
        page = await visitor.get(path, Range=header)
        assert page.status == status, header
        if body is not None:
            assert page.body == body, header
    assert page.headers["Content-Range"] == f"bytes */{len(said)}"
    head = await visitor.request("HEAD", path)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(said))


async def test_who_only_looks_hears_nothing_and_is_told_of_nothing(site: Site, call: str) -> None:
    record_call(site, call)
    visitor = site.visitor(Role.VIEWER)
    assert (await visitor.get(sound_path(site, call))).status == 403
    for page in ("calls", f"calls/{call}"):
        shown = await visitor.get(site.path(page))
        assert shown.status == 200
        assert "recording.wav" not in shown.text
        assert "録音" not in shown.words


@pytest.mark.parametrize("who", ["stranger", OPERATOR])
async def test_strangers_and_the_carriers_staff_hear_nothing(
    site: Site, call: str, who: str
) -> None:
    record_call(site, call)
    visitor = site.visitor(who)
    assert (await visitor.get(sound_path(site, call))).status == 404
    own = await visitor.get(f"/h/{site.other}/calls/{call}/recording.wav")
    assert own.status == 404


@pytest.mark.database("sqlite")
async def test_no_grant_lets_the_carriers_staff_listen(site: Site, call: str) -> None:
    record_call(site, call)
    Grants(site.database).give(site.household, 7, by=Doer("中村"), now=NOON)
    visitor = site.visitor(OPERATOR)
    page = await visitor.get(f"/operator/households/{site.household}/calls")
    assert page.status == 200
    assert "recording" not in page.text
    assert (await visitor.get(sound_path(site, call))).status == 404


async def test_who_is_not_signed_in_is_led_to_sign_in(site: Site, call: str) -> None:
    record_call(site, call)
    page = await site.visitor(None).get(sound_path(site, call))
    assert page.status == 303


async def test_who_listened_is_in_the_trail_once(site: Site, call: str) -> None:
    record_call(site, call)
    visitor = site.visitor(Role.MEMBER)
    for header in ("bytes=0-1", "bytes=0-", "bytes=100-200"):
        await visitor.get(sound_path(site, call), Range=header)
    (line,) = Trail(site.database).page(site.household, what=(What.LISTEN,)).lines
    assert line.person_id == site.people[Role.MEMBER]
    assert line.detail == {"call": call}
    trail = await site.visitor().get(site.path("trail"))
    assert "録音を聞きました" in trail.words


async def test_a_message_is_new_until_somebody_has_heard_it(site: Site, call: str) -> None:
    record_call(site, call, kind="message")
    visitor = site.visitor()
    assert "伝言（1秒） 新しい" in (await visitor.get(site.path("calls"))).words
    await visitor.get(sound_path(site, call))
    page = await visitor.get(site.path("calls"))
    assert "伝言（1秒）" in page.words
    assert "新しい 録音" not in page.words
    with site.database.reading() as session:
        assert session.get_one(RecordingRow, call).heard_at == NOON


@pytest.mark.database("sqlite")
@pytest.mark.parametrize(
    ("flaw", "said"), [(Flaw.DISK_FULL, "いっぱい"), (Flaw.INTERRUPTED, "止まった")]
)
async def test_what_is_not_whole_says_so(site: Site, call: str, flaw: Flaw, said: str) -> None:
    record_call(site, call, flaw=flaw)
    page = await site.visitor().get(site.path(f"calls/{call}"))
    assert f"途中まで：機器が{said}" in page.words


@pytest.mark.database("sqlite")
async def test_at_another_node_it_is_said_where_and_not_played(site: Site, call: str) -> None:
    record_call(site, call)
    (site.settings.recordings / f"{call}.cgr").unlink()
    page = await site.visitor().get(site.path(f"calls/{call}"))
    assert "ほかの機器" in page.words
    assert "<audio" not in page.text
    assert (await site.visitor().get(sound_path(site, call))).status == 404


@pytest.mark.database("sqlite")
async def test_a_damaged_recording_is_not_sent(site: Site, call: str) -> None:
    record_call(site, call, seconds=10)
    path = site.settings.recordings / f"{call}.cgr"
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(bytes(content))
    visitor = site.visitor()
    with pytest.raises(aiohttp.ClientPayloadError):
        await visitor.get(sound_path(site, call))
    whole = await visitor.get(sound_path(site, call), Range="bytes=70000-70010")
    assert whole.status == 206


@pytest.mark.parametrize("call_id", ["0000000000000fff", "x", "%2e%2e", "a" * 300])
@pytest.mark.database("sqlite")
async def test_there_is_no_recording_of_what_is_no_call(site: Site, call_id: str) -> None:
    assert (await site.visitor().get(sound_path(site, call_id))).status == 404
    assert (await site.visitor().get(site.path(f"calls/{call_id}/recording"))).status == 404


async def test_a_manager_erases_a_recording_and_the_call_stays(site: Site, call: str) -> None:
    record_call(site, call)
    visitor = site.visitor()
    page = await visitor.get(site.path(f"calls/{call}"))
    assert site.path(f"calls/{call}/recording") in page.links
    ask = await visitor.get(site.path(f"calls/{call}/recording"))
    unsure = await visitor.submit(ask, "/recording")
    assert unsure.status == 422
    assert "印を付けてください" in unsure.words
    done = await visitor.follow(await visitor.submit(ask, "/recording", sure="on"))
    assert "録音を消しました" in done.words
    assert "<audio" not in done.text
    assert list(site.settings.recordings.iterdir()) == []
    assert (await visitor.get(sound_path(site, call))).status == 404
    again = await visitor.post(site.path(f"calls/{call}/recording"), sure="on")
    assert again.status == 404


@pytest.mark.parametrize("role", [Role.MEMBER, Role.SUBSCRIBER, Role.VIEWER])
@pytest.mark.database("sqlite")
async def test_nobody_else_erases_one(site: Site, call: str, role: Role) -> None:
    record_call(site, call)
    visitor = site.visitor(role)
    assert (await visitor.post(site.path(f"calls/{call}/recording"), sure="on")).status == 403
    assert len(list(site.settings.recordings.iterdir())) == 1


@pytest.mark.database("sqlite")
async def test_erasing_the_call_erases_its_recording(site: Site, call: str) -> None:
    record_call(site, call)
    visitor = site.visitor()
    await visitor.post(site.path("calls/erase"), call=call, of="call", sure="on")
    assert list(site.settings.recordings.iterdir()) == []


@pytest.mark.database("sqlite")
async def test_evidence_takes_the_recording_along_if_that_is_ticked(site: Site, call: str) -> None:
    said = record_call(site, call)
    visitor = site.visitor()
    page = await visitor.get(site.path(f"calls/evidence?call={call}"))
    for ticked in ("on", None):
        given = {"basis": "警察の照会"} | ({"recordings": ticked} if ticked else {})
        archive = await visitor.submit(page, "/evidence", **given)
        with zipfile.ZipFile(io.BytesIO(archive.body)) as files:
            name = f"recordings/{call}.wav"
            assert (name in files.namelist()) is (ticked == "on")
            if ticked:
                assert files.read(name) == said
