"""Schemathesis asks every operation of the served document whatever the document allows, and more.

All checks are on, the data is the same at every run. A request of the documented form may still
be impossible to carry out, such as one for a number that cannot exist: 422 is expected then.
Where one answer leads to the next request, only data of the form is made; the check for other data
is off there, since it takes the ``%2B`` of a number in a path for what was sent. So it is for two
operations: with the household that the configuration puts into the path, nothing of it is wrong.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callguard.database import Database

from ..example import furnish
from ..site import Site
from .client import Program
from .whole_node import NODE_TOKEN, PROVISIONING_TOKEN, SCREEN_TOKEN, whole_node

pytestmark = pytest.mark.slow

PATIENCE = 180.0
EXAMPLES = 4

CONFIG = """\
seed = 20261127

[auth.openapi.token]
bearer = "{token}"

[auth.openapi.api_token]
bearer = "{node}"

[auth.openapi.screen_token]
bearer = "{screen}"

[auth.openapi.provisioning_token]
bearer = "{provisioning}"

[parameters]
"path.household" = {household}

[checks]
enabled = true

[checks.positive_data_acceptance]
expected-statuses = ["2xx", 401, 403, 404, 412, 422]

[phases.stateful.generation]
mode = "positive"
max-examples = 4

[phases.stateful.checks.negative_data_rejection]
enabled = false

[[operations]]
include-operation-id = ["removeTelephone", "callFirst"]

[operations.checks.negative_data_rejection]
enabled = false

[output.sanitization]
enabled = false
"""


@pytest.fixture
async def node(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    """A whole node with a household that has everything."""
    async with whole_node(database, tmp_path / "d") as site:
        furnish(site)
        yield site


async def test_the_served_document_holds_whatever_is_asked(node: Site, tmp_path: Path) -> None:
    asyncio.get_running_loop().set_debug(False)  # a thousand requests, traced, take a minute
    config = tmp_path / "schemathesis.toml"
    program = Program.of(node)
    config.write_text(
        CONFIG.format(
            token=program.token,
            node=NODE_TOKEN,
            screen=SCREEN_TOKEN,
            provisioning=PROVISIONING_TOKEN,
            household=node.household,
        )
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"),
        *("--generation-deterministic", "--max-examples", str(EXAMPLES)),
        *("--no-color", "--continue-on-failure"),
        f"{node.base}/api/v1/openapi.json",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=tmp_path,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, said.decode()
