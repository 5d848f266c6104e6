"""Read what the project is deployed with, and say what those files may name."""

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from bootstrap.processes.roles import EVERYTHING, Plan, Role, check_plan
from bootstrap.settings.catalogue import OTHER_VARIABLES, catalogue
from bootstrap.settings.load import load_settings
from tests.unit.sources import ROOT

KUBERNETES = ROOT / "deploy" / "kubernetes"
NODE_LOCAL_DNS = ROOT / "deploy" / "node-local-dns"
COMMANDS = (
    ["migrate"],
    ["worker", "api"],
    ["worker", "commands", "--health-port", "8000"],
    ["worker", "market", "dispatch", "watch", "patterns", "strategies", "--health-port", "8000"],
    ["worker", "relay", "--health-port", "8000"],
)


def documents(folder: Path = KUBERNETES) -> list[dict[str, Any]]:
    """Return every Kubernetes resource that the kustomization lists."""
    return [
        document
        for name in kustomization(folder)["resources"]
        for document in yaml.safe_load_all((folder / name).read_text())
    ]


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    """Return the resources of a kind by their names."""
    return {each["metadata"]["name"]: each for each in documents() if each["kind"] == kind}


def kustomization(folder: Path = KUBERNETES) -> dict[str, Any]:
    """Return the kustomization."""
    read: dict[str, Any] = yaml.safe_load((folder / "kustomization.yaml").read_text())
    return read


def settings_variables() -> set[str]:
    """Return the variables that Ballast reads."""
    return {entry.variable for entry in catalogue().values()} | set(OTHER_VARIABLES)


def can_start(command: list[str], *, environment: Mapping[str, str]) -> frozenset[Role]:
    """Return the parts of a worker's command; raises what would keep it from starting."""
    _, *parts = itertools.takewhile(lambda word: not word.startswith("--"), command)
    roles = frozenset(Role(part) for part in parts)
    check_plan(Plan(roles=roles), settings=load_settings(environment=environment).settings)
    return roles


def assert_all_can_start(commands: Mapping[str, tuple[list[str], Mapping[str, str]]]) -> None:
    """Every worker starts with what it is given, and together they do all that there is."""
    done = [can_start(command, environment=given) for command, given in commands.values()]
    assert frozenset().union(*done) == EVERYTHING
    # Each part of which there is one is in one deployment.
    assert sum(map(len, done)) == len(EVERYTHING)
