"""Read what the project is deployed with, and say what those files may name."""

from typing import Any

import yaml

from bootstrap.settings.catalogue import OTHER_VARIABLES, catalogue
from tests.unit.sources import ROOT

KUBERNETES = ROOT / "deploy" / "kubernetes"
COMMANDS = (
    ["migrate"],
    ["serve"],
    ["worker", "commands", "--health-port", "8000"],
    ["worker", "dispatch", "--health-port", "8000"],
    ["worker", "relay", "--health-port", "8000"],
)


def documents() -> list[dict[str, Any]]:
    """Return every Kubernetes resource that the kustomization lists."""
    return [
        document
        for name in kustomization()["resources"]
        for document in yaml.safe_load_all((KUBERNETES / name).read_text())
    ]


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    """Return the resources of a kind by their names."""
    return {each["metadata"]["name"]: each for each in documents() if each["kind"] == kind}


def kustomization() -> dict[str, Any]:
    """Return the kustomization."""
    read: dict[str, Any] = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text())
    return read


def settings_variables() -> set[str]:
    """Return the variables that Ballast reads."""
    return {entry.variable for entry in catalogue().values()} | set(OTHER_VARIABLES)
