"""The files that containers are made from fit each other; ``script/containers`` runs them."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from callguard.carrier.exchange import load_exchange
from callguard.demo import exchange_secrets
from callguard.settings import load

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
FILES = ("docker-compose.yml", "deploy/carrier/compose.yml")
SCRIPTS = sorted((ROOT / "deploy/containers").iterdir())


def services(file: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / file).read_text(encoding="utf-8"))["services"]
    return read


@pytest.mark.parametrize("file", FILES)
def test_a_service_is_built_of_a_target_that_the_dockerfile_has(file: str) -> None:
    targets = set(re.findall(r"^FROM \S+ AS (\S+)$", DOCKERFILE, re.MULTILINE))

    built = [one["build"] for one in services(file).values() if "build" in one]

    assert built
    assert {one["target"] for one in built} <= targets
    here = (ROOT / file).parent
    assert {(here / one["context"]).resolve() for one in built} == {ROOT}


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_a_service_mounts_is_there(file: str) -> None:
    here = (ROOT / file).parent
    mounted = {
        volume.partition(":")[0]
        for one in services(file).values()
        for volume in one.get("volumes", ())
        if volume.startswith(".")
    }

    assert all((here / path).exists() for path in mounted)


@pytest.mark.parametrize("file", FILES)
def test_a_part_of_callguard_may_do_as_little_as_it_needs(file: str) -> None:
    own = [
        one
        for name, one in services(file).items()
        if one["image"].startswith("callguard") and name != "secrets"
    ]

    assert own
    assert all(one["read_only"] and one["cap_drop"] == ["ALL"] for one in own)
    assert not any("ports" in one or "privileged" in one for one in own)


def test_an_image_runs_as_nobody_who_rules_the_machine() -> None:
    finals = [part for part in DOCKERFILE.split("\nFROM ") if part.startswith("scratch ")]

    assert len(finals) == 3
    assert all("\nUSER asterisk\n" in part and "\nHEALTHCHECK " in part for part in finals)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_of_an_image_is_copied_and_can_be_read(script: Path) -> None:
    subprocess.run(["sh", "-n", str(script)], check=True)

    assert f"deploy/containers/{script.name}" in DOCKERFILE


def test_the_exchange_of_the_compose_file_is_that_of_its_settings(tmp_path: Path) -> None:
    text = (ROOT / "deploy/carrier/exchange.toml").read_text(encoding="utf-8")
    (tmp_path / "exchange.toml").write_text(text)
    every = services("deploy/carrier/compose.yml")
    commands = [one.get("command", [""]) for one in every.values()]
    listening = [command[2] for command in commands if command[0] == "start-edge"]
    addresses = {
        network["ipv4_address"]
        for one in every.values()
        for network in one.get("networks", {}).values()
    }

    exchange = load_exchange(tmp_path / "exchange.toml")

    assert sorted(exchange.edges) == sorted(listening)
    wanted = {exchange_secrets.MASTER, exchange_secrets.DATABASE}
    assert wanted | {*exchange_secrets.NODES, *exchange_secrets.SENTINELS} <= addresses


async def test_the_secrets_of_the_exchange_are_made_once_and_suffice_for_a_node(
    tmp_path: Path,
) -> None:
    await exchange_secrets.make(tmp_path)
    made = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    await exchange_secrets.make(tmp_path)
    settings = tmp_path / "callguard.toml"
    text = (ROOT / "deploy/carrier/callguard.toml").read_text(encoding="utf-8")
    settings.write_text(text.replace("/etc/callguard/", f"{tmp_path}/callguard/"))

    read = load({"CALLGUARD_CONFIG": str(settings)})

    assert made == {path: path.read_bytes() for path in made}
    assert read.redis_url.startswith("sentinel://node:")
    assert read.database_url.startswith("postgresql://callguard:")
    secret = [path for path in made if path.suffix not in {".crt", ".toml"}]
    assert all(path.stat().st_mode & 0o077 == 0 for path in secret)
