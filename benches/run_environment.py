"""An environment with what a wheel needs and nothing else, made of this one without a network."""

import re
import subprocess
import venv
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_LOCKED = re.compile(r"^([a-z0-9.-]+)==", re.MULTILINE)


def make_environment(folder: Path) -> Path:
    """Make it in *folder*, its modules compiled as an installer does it; return its ``python``.

    What ``requirements/run.txt`` locks is linked from the environment of whoever measures, and
    callguard from the checkout.
    """
    venv.create(folder, symlinks=True)
    place = next(folder.glob("lib/python*/site-packages"))
    locked = (_ROOT / "requirements/run.txt").read_text(encoding="utf-8")
    for name in _LOCKED.findall(locked):
        _link(name, place)
    for path in (_ROOT / "src/callguard").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            _put(path, place / path.relative_to(_ROOT / "src"))
    python = folder / "bin/python"
    compiled = [str(python), "-m", "compileall", "-q", str(place)]
    subprocess.run(compiled, check=False, stdout=subprocess.DEVNULL)  # packages bring odd files
    return python


def _link(name: str, place: Path) -> None:
    try:
        files = distribution(name).files or []
    except PackageNotFoundError:
        return  # this machine does without it
    for file in files:
        if ".." not in file.parts and "__pycache__" not in file.parts:
            _put(Path(str(file.locate())), place / file)


def _put(path: Path, target: Path) -> None:
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(path)
