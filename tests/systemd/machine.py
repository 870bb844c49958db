"""A systemd of its own, on a copy of this machine that only it writes to."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BOOT_SECONDS = 120.0
USER = "asterisk"
HOME = "/opt/callguard"
"""Where the units expect callguard; this checkout is in a folder of it."""

_BOOT = f"""
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$FOLDER"
cd "$FOLDER"
mkdir upper work root
mount -t overlay overlay -o lowerdir=/,upperdir="$FOLDER/upper",workdir="$FOLDER/work" root
cd root
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs tmpfs tmp
rm -rf etc/systemd/system/* .{HOME}
mkdir -p .{HOME}/checkout mnt/before
mount --bind "$CHECKOUT" .{HOME}/checkout
chroot . /usr/bin/python3 -m venv {HOME}/.venv
cp -a "$CHECKOUT"/.cache/systemd/lib/python3*/site-packages/. \
  .{HOME}/.venv/lib/python3*/site-packages/
chroot . {HOME}/.venv/bin/python -m pip install -q --disable-pip-version-check --no-index \
  --no-deps --no-build-isolation --force-reinstall {HOME}/checkout
chroot . id {USER} >/dev/null 2>&1 || chroot . useradd --system --shell /usr/sbin/nologin {USER}
ip link set lo up
pivot_root . mnt/before
umount -l /mnt/before
mount --make-rshared /
export container=callguard-trial
exec /lib/systemd/systemd --system --unit=multi-user.target --log-target=journal
"""
# Shared, or systemd's credentials do not reach a unit's own mounts. No chroot for systemd itself:
# in one the kernel makes no user namespace.


class TrialError(Exception):
    """Something did not come about; the message says what."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What runs: process 1, seen from outside."""

    pid: int

    def run(self, command: str, *, check: bool = True, seconds: float = 400.0) -> str:
        """Return what a shell says in there.

        Raises:
            TrialError: the command fails, and *check* says that it must not.

        """
        done = subprocess.run(
            [
                *("nsenter", "-t", str(self.pid), "-m", "-u", "-i", "-n", "-p", "-r", "-w"),
                *("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "TERM=dumb"),
                *("bash", "-c", f"cd {HOME}/checkout && {command}"),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if check and done.returncode:
            raise TrialError(f"{command}: {(done.stdout + done.stderr).strip()[-600:]}")
        return done.stdout.strip()

    def until(self, command: str, what: str, seconds: float = 400.0) -> float:
        """Return how many seconds it takes until *command* succeeds in there.

        Raises:
            TrialError: it does not within so many.

        """
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            if self.run(f"{command} >/dev/null 2>&1 && echo yes", check=False) == "yes":
                return time.monotonic() - began
            time.sleep(0.2)
        raise TrialError(f"{what}: not within {seconds:.0f} s")


@contextlib.contextmanager
def booted(checkout: Path) -> Iterator[Machine]:
    """Boot it, and end it with everything that it has started.

    Raises:
        TrialError: it does not boot.

    """
    folder = tempfile.mkdtemp(prefix="cgsystemd-")
    process = subprocess.Popen(
        [
            *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--uts", "--ipc", "--net"),
            *("--cgroup", "bash", "-c", _BOOT),
        ],
        env={"PATH": os.environ["PATH"], "FOLDER": folder, "CHECKOUT": str(checkout)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield _wait(process)
    finally:
        # Its first process takes no signal but SIGKILL from outside; all others go with it.
        for child in _children(process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        process.kill()
        process.communicate()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(process: "subprocess.Popen[bytes]") -> Machine:
    until = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            assert process.stderr is not None
            raise TrialError(f"systemd does not boot: {process.stderr.read().decode().strip()}")
        for child in _children(process.pid):
            if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                machine = Machine(child)
                if machine.run("systemctl is-active multi-user.target", check=False) == "active":
                    return machine
        time.sleep(0.2)
    raise TrialError(f"systemd does not boot within {BOOT_SECONDS:.0f} s")


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
