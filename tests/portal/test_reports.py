"""``POST /api/v1/reports``: who may hand in reports, and what is said of those that cannot be."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from callguard.database import Database
from callguard.feed.report import Report
from callguard.feed.report_queue import ReportQueue
from callguard.households.reader import PolicyReader
from callguard.households.registry import Registry
from callguard.line.reporting import Reporting
from callguard.portal import application, reports
from callguard.settings import Settings
from callguard.trail import COMMAND_LINE

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
TOKEN = "a token of the portal"
SHOWN = {"Authorization": f"Bearer {TOKEN}"}
REPORT = {"number": "0422-99-0001", "line": "0422-99-0000"}
Client = TestClient[Any, Any]


class Portal:
    """A node with one household that has agreed to screening."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(data=folder)
        self.policies = PolicyReader(self.settings.database_file)
        self.queue = ReportQueue(self.settings.reports)

    def sign_up(self) -> None:
        database = Database(self.settings.households)
        Registry(database).add(
            "0422-99-0000", "home", consent_by="subscriber", by=COMMAND_LINE, now=NOW
        )
        database.close()

    def client(self, token: str = TOKEN) -> Client:
        take = partial(Reporting(self.settings, self.policies).take, now=NOW)
        return TestClient(TestServer(application({}, reports.routes(token, take))))

    def taken(self) -> list[Report]:
        return [Report.from_bytes(path.read_bytes()) for path in self.queue.waiting()]


@pytest.fixture
async def portal(tmp_path: Path) -> AsyncIterator[Portal]:
    portal = Portal(tmp_path / "data")
    portal.sign_up()
    yield portal
    portal.policies.close()


async def post(client: Client, headers: dict[str, str] | None = None, **body: Any) -> Any:
    """Hand in *body*; return status and content of the answer."""
    sent = SHOWN if headers is None else headers
    async with client, client.post("/api/v1/reports", headers=sent, **body) as answer:
        refused = answer.status >= 400
        assert answer.content_type == f"application/{'problem+' if refused else ''}json"
        return answer.status, await answer.json(content_type=None)


async def test_a_report_is_taken(portal: Portal) -> None:
    full = {**REPORT, "category": "refund", "note": "my card", "called_at": "2026-11-24T11:55"}
    status, content = await post(portal.client(), json=full)
    [taken] = portal.taken()
    assert (status, content) == (202, {"id": taken.id})
    assert (taken.number, taken.reported_at, taken.note) == (81_422_990_001, NOW, "my card")


@pytest.mark.parametrize(
    "shown",
    ["", TOKEN, "Bearer", "Bearer ", "Bearer あ", f"Basic {TOKEN}", f"Bearer {TOKEN}x"],
)
async def test_without_the_token_none_is_taken(portal: Portal, shown: str) -> None:
    headers = {"Authorization": shown} if shown else {}
    async with (
        portal.client() as client,
        client.post("/api/v1/reports", headers=headers, json=REPORT) as answer,
    ):
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert portal.taken() == []


@pytest.mark.parametrize("shown", ["Bearer", "Bearer ", f"Bearer {TOKEN}"])
async def test_while_there_is_no_token_none_is_taken(portal: Portal, shown: str) -> None:
    status, content = await post(portal.client(""), {"Authorization": shown}, json=REPORT)
    assert status == 403
    assert "api_token is empty" in content["detail"]
    assert portal.taken() == []


async def test_it_cannot_be_read(portal: Portal) -> None:
    async with (
        portal.client() as client,
        client.get("/api/v1/reports", headers=SHOWN) as answer,
    ):
        assert answer.status == 405


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ([], "body must be an object"),
        ({"line": "0422-99-0000"}, "body.number is missing"),
        ({"number": "0422-99-0001"}, "body.line is missing"),
        ({**REPORT, "home": "x"}, "body.home is not known"),
        ({**REPORT, "number": 422990001}, "body.number must be a text"),
        ({**REPORT, "category": "rude"}, "body.category must be one of: fake-police"),
        ({**REPORT, "called_at": "noon"}, "body.called_at must be a time such as"),
        ({**REPORT, "called_at": "0001-01-01T00:00"}, "body.called_at must be a time such as"),
        ({**REPORT, "note": "x" * 201}, "body.note must have at most 200 characters"),
        ({**REPORT, "note": "a\x1b[31mb"}, "body.note must be"),
    ],
)
async def test_what_is_not_of_the_form_is_told_field_by_field(
    portal: Portal, body: Any, told: str
) -> None:
    status, content = await post(portal.client(), json=body)
    assert status == 400
    [error] = content["errors"]
    assert f"{error['field']} {error['detail']}".startswith(told)
    assert portal.taken() == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({**REPORT, "number": "x"}, "'x' is not a telephone number"),
        ({**REPORT, "line": "0422-99-0009"}, "household that agreed to screening"),
        ({**REPORT, "called_at": "2026-11-24T13:00"}, "has not come yet"),
        ({**REPORT, "called_at": "2026-13-24T13:00"}, "is not a time"),
        ({**REPORT, "called_at": "2026-11-24T13:00+99:99"}, "is not a time"),
    ],
)
async def test_a_report_that_cannot_be_taken_is_told(portal: Portal, body: Any, told: str) -> None:
    status, content = await post(portal.client(), json=body)
    assert status == 422
    assert told in content["detail"]
    assert portal.taken() == []


async def test_a_note_may_be_typed_with_wide_spaces(portal: Portal) -> None:
    status, _ = await post(portal.client(), json={**REPORT, "note": "警察だと　言った"})
    [taken] = portal.taken()
    assert (status, taken.note) == (202, "警察だと 言った")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"number=0422990001", b"[" * 100_000])
async def test_what_is_no_json_is_told(portal: Portal, body: bytes) -> None:
    status, content = await post(portal.client(), data=body)
    assert (status, content["status"]) == (400, 400)
    assert content["detail"].startswith("the body is not usable JSON")


async def test_a_disk_that_takes_nothing_is_told(portal: Portal) -> None:
    portal.settings.reports.touch()
    status, content = await post(portal.client(), json=REPORT)
    assert status == 503
    assert "cannot be used" in content["detail"]


async def test_a_database_that_is_away_is_told(tmp_path: Path) -> None:
    portal = Portal(tmp_path / "nothing")
    status, content = await post(portal.client(), json=REPORT)
    assert status == 503
    assert "policies cannot be read" in content["detail"]
