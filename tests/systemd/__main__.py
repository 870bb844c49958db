"""``script/systemd``: callguard under a real systemd, by the units and the page as they are."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

from .machine import USER, Machine, TrialError, booted

ROOT = Path(__file__).resolve().parents[2]
AS_USER = f"runuser -u {USER} -- /opt/callguard/.venv/bin/callguard"
MAIN = "systemctl show -p MainPID --value callguard"
READY = "systemctl is-active -q callguard"


def install(machine: Machine) -> str:
    """By the commands of docs/operations.md; with a secret as systemd's credential."""
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    found = re.search(r"\n## Start\n.*?```sh\n(.*?)```", page, re.DOTALL)
    assert found is not None
    *before, start = found[1].strip().splitlines()
    for command in before:
        machine.run(command)
    settings = (
        'data = "/var/lib/callguard"\\nredis_url = "embedded"\\n'
        'ami_secret_file = "/run/credentials/callguard.service/ami_secret"\\n'
    )
    machine.run(f"printf '{settings}' > /etc/callguard/callguard.toml")
    machine.run(f"chgrp {USER} /etc/callguard/callguard.toml")
    machine.run("umask 077; openssl rand -hex 24 > /etc/callguard/secrets/ami_secret")
    machine.run(
        "sed -i 's/^# LoadCredential=ami/LoadCredential=ami/' /etc/systemd/system/callguard.service"
    )
    machine.run("systemctl daemon-reload")
    machine.run(start)
    return "ready, by systemd's word"


def rights(machine: Machine) -> str:
    """It has none that it does not need."""
    status = machine.run(f"cat /proc/$({MAIN})/status")
    for line in ("NoNewPrivs:\t1", "Seccomp:\t2", "CapEff:\t0000000000000000"):
        if line not in status:
            raise TrialError(f"the process lacks {line}")
    return "no privilege to be had, system calls filtered, no capability"


def screens(machine: Machine) -> str:
    """Somebody signs a household up, and asks."""
    machine.run(f"{AS_USER} household add --line 0422-99-0000 --name Home --consent")
    said = machine.run(f"{AS_USER} check --from anonymous --to 0422-99-0000")
    if not said.startswith("reject (withheld)"):
        raise TrialError(f"callguard check says {said.splitlines()[0]}")
    return said.splitlines()[0]


def reload(machine: Machine) -> str:
    """The settings are read again, by the same process."""
    before = machine.run(MAIN)
    machine.run("systemctl reload callguard")
    machine.until("journalctl -u callguard | grep -q ' reloaded$'", "the reload")
    if machine.run(MAIN) != before:
        raise TrialError("the supervisor is another one")
    return "reloaded, the supervisor the same"


def worker_killed(machine: Machine) -> str:
    """The supervisor forks another; systemd need not know."""
    worker = machine.run("pgrep -o '^cg worker'", check=False)
    if not worker:
        raise TrialError("there is no worker")
    machine.run(f"kill -9 {worker}")
    seconds = machine.until(f"{AS_USER} doctor --node | grep -q 'good  screening'", "screening")
    return f"screens, {seconds:.1f} s later at most"


def supervisor_killed(machine: Machine) -> str:
    """Everything is started again."""
    return _again(machine, "kill -9")


def supervisor_stopped(machine: Machine) -> str:
    """The watchdog sees to it."""
    told = _again(machine, "kill -STOP")
    machine.run("journalctl -u callguard | grep -q 'Watchdog timeout'")
    return f"{told}, by the watchdog"


def broken(machine: Machine) -> str:
    """Settings that cannot be used: it is tried again for ever, and one line says why."""
    machine.run("sed -i 's/^data/dta/' /etc/callguard/callguard.toml")
    machine.run("systemctl restart callguard", check=False)
    machine.until(
        "[ $(systemctl show -p NRestarts --value callguard) -gt 6 ]", "the seventh attempt"
    )
    machine.run(
        "journalctl -u callguard | grep -q \"there is no setting 'dta'; did you mean data\""
    )
    machine.run("sed -i 's/^dta/data/' /etc/callguard/callguard.toml")
    seconds = machine.until(READY, "callguard, the settings mended")
    return f"tried seven times; ready {seconds:.1f} s after they were mended"


def backup(machine: Machine) -> str:
    """The unit of the timer, which does not see callguard's credentials."""
    machine.run("systemctl start callguard-backup")
    size = machine.run("stat -c %s /var/backups/callguard/*.backup")
    machine.run("systemctl is-active callguard-backup.timer")
    return f"{int(size):,} bytes, and the timer waits"


def stop(machine: Machine) -> str:
    """Nothing is left."""
    machine.run("systemctl stop callguard")
    if left := machine.run(f"pgrep -u {USER} -a", check=False):
        raise TrialError(f"still there: {left}")
    result = machine.run("systemctl show -p Result --value callguard")
    if result != "success":
        raise TrialError(f"it stopped as {result}")
    return "all processes have ended by themselves"


def _again(machine: Machine, how: str) -> str:
    before = machine.run(MAIN)
    machine.run(f"{how} {before}")
    gone = machine.until(f'[ "$({MAIN})" != {before} ]', "the end of the old one")
    seconds = machine.until(READY, "the new one")
    return f"gone after {gone:.1f} s, ready {seconds:.1f} s later"


TRIALS: dict[str, Callable[[Machine], str]] = {
    "installed and started": install,
    "rights": rights,
    "a household": screens,
    "reload": reload,
    "a worker killed": worker_killed,
    "the supervisor killed": supervisor_killed,
    "the supervisor stopped": supervisor_stopped,
    "settings that cannot be used": broken,
    "backup": backup,
    "stop": stop,
}


def main() -> int:
    """Try everything, one after the other; exit status: 0 all went well, 1 something did not."""
    with booted(ROOT) as machine:
        for name, trial in TRIALS.items():
            try:
                print(f"{name:<30} {trial(machine)}", flush=True)
            except TrialError as error:
                print(f"{name:<30} FAILED: {error}", flush=True)
                print(machine.run("journalctl -u callguard --no-pager -n 20", check=False))
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
