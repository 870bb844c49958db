"""``docs/api.md`` is true: its examples run on a real server, its tables are those of the code."""

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path

from callguard.calllog.models import CallRecord
from callguard.database import Database
from callguard.people.rights import Right, Role, may
from callguard.people.tokens import NEEDED, Scope
from callguard.portal.api.operation import Operation
from callguard.portal.api.operations import OPERATIONS
from callguard.portal.api.problem import MEANINGS
from callguard.screening import Action, Reason

from ..called import log_call
from ..site import NOON
from .client import Program
from .whole_node import NODE_TOKEN, SCREEN_TOKEN, whole_node

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
WORDING = re.compile(r'"(why|happened|call)": ?"[^"]+"')
"""Words for people, and a call's random name: that they are there is enough."""
EXAMPLE = re.compile(r"```sh\n(curl.*?)```\n\n(?:```(json|text)\n(.*?)```)?", re.DOTALL)
PATIENCE = 30.0


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table whose first heading this is."""
    table = PAGE.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0]
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]
    ]


async def run(command: str, **variables: str) -> str:
    """Run an example as a reader would; return what it prints."""
    process = await asyncio.create_subprocess_exec(
        *("bash", "-euc", command),
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", **variables},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told, error = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert (process.returncode, error) == (0, b""), command
    return told.decode()


async def test_the_examples_do_what_they_say(database: Database, tmp_path: Path) -> None:
    async with whole_node(database, tmp_path / "d") as node:
        log_call(
            database,
            node.household,
            "+12025550123",
            NOON.replace(hour=2),
            action=Action.REJECT,
            reason=Reason.OVERSEAS,
            outcome="refused",
            country="US",
            calling_code=1,
        )
        with database.transaction() as session:
            session.query(CallRecord).one().call_id = f"{0xA0:016x}"
        token = Program.of(node).token
        assert token is not None
        for command, kind, text in EXAMPLE.findall(PAGE):
            told = await run(
                command,
                NODE=node.base,
                TOKEN=token,
                API_TOKEN=NODE_TOKEN,
                SCREEN_TOKEN=SCREEN_TOKEN,
            )
            if kind == "json":
                said, shown = (WORDING.sub(r'"\1": ""', one) for one in (told, text))
                assert json.loads(said) == json.loads(shown), command
            else:
                assert told == text, command


def test_every_operation_is_in_the_table() -> None:
    told: dict[str, Callable[[Operation], bool]] = {
        "any": lambda one: one.scope is None,
        "none": lambda one: one.open,
        "`api_token`": lambda one: one.of_node and one.token == "api_token",
        "`provisioning_token`": lambda one: one.of_carrier,
        "`screen_token`": lambda one: one.of_node and one.token == "screen_token",
    }
    found = {cells[0].strip("`"): cells[1] for cells in rows("Operation")}
    assert set(found) == {f"{one.method} {one.path}" for one in OPERATIONS}
    for one in OPERATIONS:
        scope = found[f"{one.method} {one.path}"]
        assert told[scope](one) if scope in told else scope == f"`{one.scope}`"


def test_every_kind_of_problem_is_in_the_table() -> None:
    expected = [
        [str(meaning.status), f"`{kind}`", meaning.title] for kind, meaning in MEANINGS.items()
    ]
    assert rows("Status") == expected


def test_the_scopes_are_those_of_the_code_and_open_to_whom_the_table_says() -> None:
    found = {cells[0].strip("`"): cells[2] for cells in rows("Scope")}
    assert set(found) == set(Scope)
    everybody = set(Role)
    for scope in Scope:
        able = {role for role in Role if may(role, NEEDED[scope])}
        if found[scope] == "anyone of the household":
            assert able == everybody
        else:
            users = {role for role in able if may(role, Right.USE_TOKENS)}
            assert users == set(found[scope].split(", "))
