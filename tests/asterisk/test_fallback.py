"""The second line of defence: the AGI script that Asterisk runs, as a real process."""

import ast
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import callguard
from callguard.asterisk.fallback import LIFETIME_SECONDS
from callguard.calllog import record, segment
from callguard.settings import Settings

from .dialplan import ALLOWED, LINE, arguments, environment

pytestmark = pytest.mark.slow

SCRIPT = Path(sys.executable).with_name("callguard-agi")
SOURCE = Path(callguard.__file__).parent
NUMBER = "0422-99-2222"
UNLISTED = environment(*arguments(line=LINE, number=NUMBER, pres="allowed_not_screened"))
WARNED = re.compile(
    "EXEC MSet CALLGUARD_ACTION=warn,CALLGUARD_REASON=unlisted,"
    "CALLGUARD_PROMPT=warning,CALLGUARD_RECORD=0,CALLGUARD_WHISPER=whisper-unlisted,CALLGUARD_CALL_ID=[0-9a-f]{16},"
    r"CALLGUARD_CALLER=\+81422992222,CALLGUARD_CALLED=\+81422990000\n"
)

Process = subprocess.Popen[bytes]
Start = Callable[..., Process]


@pytest.fixture
def start(home: Settings) -> Iterator[Start]:
    """Start the script as Asterisk does: the conversation on its stdin and stdout."""
    started: list[Process] = []

    def run(**environ: str) -> Process:
        process = subprocess.Popen(
            [SCRIPT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "CALLGUARD_DATA": str(home.data), **environ},
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def script(start: Start) -> Process:
    return start()


def says(process: Process, data: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(data)
    process.stdin.flush()


def hears(process: Process) -> str:
    assert process.stdout is not None
    return process.stdout.readline().decode()


def ends(process: Process) -> tuple[int, str, str]:
    """Close its stdin; return its exit status, and what it said since on stdout and stderr."""
    said, complained = process.communicate()
    return process.returncode, said.decode(), complained.decode()


def test_a_question_is_answered(script: Process) -> None:
    says(script, UNLISTED)
    assert WARNED.fullmatch(hears(script))
    says(script, b"200 result=0\n")
    assert ends(script) == (0, "", "")


def test_it_decides_without_the_secrets_that_went_with_the_service(
    start: Start, home: Settings
) -> None:
    shutil.copyfile(home.data / "households.db", home.data / "policies.db")
    script = start(
        CALLGUARD_AMI_SECRET_FILE="/nowhere/ami", CALLGUARD_DATABASE_URL_FILE="/nowhere/database"
    )
    says(script, UNLISTED)
    assert WARNED.fullmatch(hears(script))
    says(script, b"200 result=0\n")
    assert ends(script) == (0, "", "")


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"number": ALLOWED}, "CALLGUARD_ACTION=connect,CALLGUARD_REASON=household-allow,"),
        ({"number": "anonymous"}, "CALLGUARD_ACTION=reject,CALLGUARD_REASON=withheld,"),
        ({"number": "+12025550123"}, "CALLGUARD_ACTION=reject,CALLGUARD_REASON=overseas,"),
    ],
    ids=["allowed", "withheld", "overseas"],
)
def test_its_verdict_is_the_daemons(script: Process, fields: dict[str, str], verdict: str) -> None:
    says(script, environment(*arguments(line=LINE, **fields)))
    assert hears(script).startswith(f"EXEC MSet {verdict}")


def test_its_verdict_is_kept_before_it_is_given(script: Process, home: Settings) -> None:
    says(script, UNLISTED)
    assert WARNED.fullmatch(hears(script))
    [path] = home.journal.glob("*.seg")
    [kept] = [record.read(one) for one in segment.read(path.read_bytes())[0]]
    assert (kept.defence, kept.number) == ("fallback", 81422992222)
    says(script, b"200 result=0\n")
    assert ends(script) == (0, "", "")


def test_a_verdict_that_cannot_be_kept_is_given(script: Process, home: Settings) -> None:
    home.journal.write_text("in the way")
    says(script, UNLISTED)
    assert WARNED.fullmatch(hears(script))
    says(script, b"200 result=0\n")
    status, _, complaint = ends(script)
    assert status == 0
    assert complaint.startswith("callguard fallback: the verdict is not kept: ")
    assert "99" not in complaint.replace(str(home.journal), "")


def test_a_stray_byte_does_not_cost_the_verdict(start: Start) -> None:
    script = start(PYTHONIOENCODING="utf-8:strict")
    says(script, UNLISTED.replace(b"agi_dnid: unknown", b"agi_dnid: \x83\x51"))
    assert WARNED.fullmatch(hears(script))


def test_stdin_that_ends_at_once(script: Process) -> None:
    status, _, complaint = ends(script)
    assert status == 1
    assert complaint == "callguard fallback: Asterisk closed the conversation\n"


def test_stdin_that_ends_before_the_reply(script: Process) -> None:
    says(script, UNLISTED)
    assert WARNED.fullmatch(hears(script))
    assert ends(script) == (1, "", "callguard fallback: Asterisk closed the conversation\n")


def test_stdout_that_is_closed(script: Process) -> None:
    assert script.stdout is not None
    script.stdout.close()
    says(script, UNLISTED)
    assert script.stderr is not None
    # The kernel tells twice, by a signal and by the write; either may be heard first.
    assert script.stderr.read() in {
        b"callguard fallback: Received SIGPIPE\n",
        b"callguard fallback: [Errno 32] Broken pipe\n",
    }
    assert script.wait() == 1


@pytest.mark.parametrize(
    "reply",
    [
        "510 Invalid or unknown command",
        "511 Command Not Permitted on a dead channel or intercept routine",
        "520 Invalid command syntax.  Proper usage not available.",
        "520-Invalid command syntax.  Proper usage follows:",
        "HANGUP",
        "nonsense",
    ],
)
def test_an_answer_that_asterisk_refuses(script: Process, reply: str) -> None:
    says(script, UNLISTED)
    assert WARNED.fullmatch(hears(script))
    says(script, reply.encode() + b"\n")
    # Its stdin is still open: it must not wait for more.
    assert script.wait() == 1
    assert ends(script) == (1, "", f"callguard fallback: {reply}\n")


def test_stdin_that_stays_silent_is_ended_by_the_scripts_own_timer(start: Start) -> None:
    scripts = [start() for _ in range(3)]
    for script, said in zip(scripts, [b"", b"agi_network: yes\n", UNLISTED], strict=True):
        says(script, said)
    assert [script.wait() for script in scripts] == [-signal.SIGALRM] * 3


def test_its_timer_leaves_the_dialplan_time_to_go_on() -> None:
    assert LIFETIME_SECONDS < 3


def test_the_caller_hangs_up(script: Process) -> None:
    says(script, UNLISTED)
    assert WARNED.fullmatch(hears(script))
    script.send_signal(signal.SIGHUP)
    says(script, b"200 result=-1\n")
    status, said, _ = ends(script)
    assert (status, said) == (0, "")


def test_policies_that_cannot_be_read(script: Process, home: Settings) -> None:
    home.database_file.write_bytes(b"damaged" * 1000)
    says(script, UNLISTED)
    status, said, complaint = ends(script)
    assert (status, said) == (1, "")
    assert complaint.startswith("callguard fallback: policies cannot be read from ")
    assert complaint.count("\n") == 1


def test_settings_that_cannot_be_used(start: Start) -> None:
    script = start(CALLGUARD_AGI_PORT="zero")
    assert ends(script) == (
        1,
        "",
        "callguard fallback: agi_port is 'zero'; give a number from 1 to 65535\n",
    )


def test_a_question_that_is_none(script: Process) -> None:
    says(script, environment("number=0422992222"))
    assert ends(script) == (1, "", "callguard fallback: AGI argument number is not base64\n")


@pytest.mark.parametrize("answered", [True, False])
def test_nothing_of_the_caller_reaches_stderr(script: Process, answered: bool) -> None:
    says(script, UNLISTED.replace(b"agi_callerid: unknown", b"agi_callerid: 0422992222"))
    hears(script)
    says(script, b"200 result=0\n" if answered else b"510 Invalid or unknown command\n")
    _, _, complaint = ends(script)
    assert "99" not in complaint


class TestTheTwoNamedLibraries:
    """pyst2 and asterisk-ami both ship ``asterisk/__init__.py``; the last one installed wins."""

    def test_are_imported_in_one_interpreter(self) -> None:
        program = (
            "import callguard.asterisk.ami, callguard.asterisk.fallback, sys;"
            "from asterisk.agi import AGI; from asterisk.ami import AMIClient;"
            "print(AGI.__module__, AMIClient.__module__)"
        )
        ran = subprocess.run(
            [sys.executable, "-W", "error", "-c", program], capture_output=True, check=True
        )
        assert ran.stdout.decode().split() == ["asterisk.agi", "asterisk.ami.client"]

    @pytest.mark.parametrize(
        ("library", "module"), [("asterisk.agi", "fallback.py"), ("asterisk.ami", "ami.py")]
    )
    def test_are_imported_in_one_module_each(self, library: str, module: str) -> None:
        importing = [
            path.relative_to(SOURCE)
            for path in sorted(SOURCE.rglob("*.py"))
            if library in imported(path)
        ]
        assert importing == [Path("asterisk") / module]

    def test_are_imported_nowhere_else(self) -> None:
        names = {name for path in SOURCE.rglob("*.py") for name in imported(path)}
        assert {name for name in names if name.split(".")[0] == "asterisk"} == {
            "asterisk.agi",
            "asterisk.ami",
        }


def imported(path: Path) -> set[str]:
    """Return the modules that a source file imports by their absolute names."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module)
    return names
