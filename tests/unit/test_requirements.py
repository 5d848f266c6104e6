"""The pinned requirement files say what pyproject.toml declares, with hashes and without hosts."""

import re
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.unit.sources import ROOT, contracts, project

ENTRY = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)(?P<marker> ;[^\\]+)?( \\)?$")
DIRECT = re.compile(r"\bballast \(pyproject\.toml(:[a-z]+)?\)")
ELSEWHERE = re.compile(
    r"://|^\s*(-i|-f|--index-url|--extra-index-url|--find-links|--trusted)|\s@\s"
)
# Names that differ from what is imported.
IMPORTED_AS = {
    "argon2-cffi": "argon2",
    "arro3-core": "arro3",
    "arro3-io": "arro3",
    "numba-cuda": "numba",
    "onnxruntime-gpu": "onnxruntime",
    "pyjwt": "jwt",
    "scikit-learn": "sklearn",
    "tensorrt-cu13": "tensorrt",
} | dict.fromkeys(("opentelemetry-api", "opentelemetry-sdk"), "opentelemetry")


class Inputs(NamedTuple):
    """What a requirement file is compiled from; `make lock` says the same to uv."""

    project: bool = True
    groups: tuple[str, ...] = ("build",)
    extras: tuple[str, ...] = ()


FILES = {
    "run": Inputs(),
    "test": Inputs(
        groups=("build", "test"),
        extras=("anomaly", "compute", "cpu", "kafka", "mcp", "redis", "report"),
    ),
    "cluster": Inputs(extras=("cpu", "kafka", "mcp", "redis")),
    "gpu": Inputs(extras=("gpu",)),
    "bench": Inputs(groups=("build", "bench"), extras=("compute", "report")),
    "lock": Inputs(project=False, groups=("lock",)),
    "scan": Inputs(project=False, groups=("scan",)),
    "mutate": Inputs(project=False, groups=("mutate",)),
    "browser": Inputs(project=False, groups=("browser",)),
}


class Pin(NamedTuple):
    """One pinned package."""

    name: str
    version: str
    hashes: int
    direct: bool


def declared(inputs: Inputs) -> list[Requirement]:
    """List what pyproject.toml asks for."""
    read = project()
    lines = list(read["project"]["dependencies"]) if inputs.project else []
    for extra in inputs.extras:
        lines += read["project"]["optional-dependencies"][extra]
    for group in inputs.groups:
        lines += read["dependency-groups"][group]
    return [Requirement(line) for line in lines]


def pinned(name: str) -> list[Pin]:
    """Read a requirement file."""
    lines = (ROOT / f"requirements/{name}.txt").read_text().splitlines()
    starts = [index for index, line in enumerate(lines) if line and line[0] not in " #"]
    assert starts, f"requirements/{name}.txt pins nothing"
    assert starts[0] == 0
    pins = []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        entry = ENTRY.match(lines[start])
        assert entry, f"requirements/{name}.txt:{start + 1} is not `name==version`: {lines[start]}"
        block = lines[start + 1 : end]
        pins.append(
            Pin(
                name=entry["name"],
                version=entry["version"],
                hashes=sum(line.strip().startswith("--hash=sha256:") for line in block),
                direct=any(DIRECT.search(line) for line in block),
            )
        )
    return pins


@pytest.mark.parametrize("name", FILES)
def test_a_file_pins_exactly_what_is_declared(name: str) -> None:
    wanted = {canonicalize_name(each.name) for each in declared(FILES[name])}
    given = {canonicalize_name(pin.name) for pin in pinned(name) if pin.direct}
    assert given == wanted, f"requirements/{name}.txt is out of date: run `make lock`"


@pytest.mark.parametrize("name", FILES)
def test_a_file_pins_versions_within_what_is_declared(name: str) -> None:
    pins = pinned(name)
    outside = [
        f"{pin.name}=={pin.version} is outside {each}"
        for each in declared(FILES[name])
        for pin in pins
        if pin.name == canonicalize_name(each.name) and not each.specifier.contains(pin.version)
    ]
    assert outside == [], f"requirements/{name}.txt is out of date: run `make lock`"


@pytest.mark.parametrize("name", FILES)
def test_every_pin_has_a_hash(name: str) -> None:
    assert [pin.name for pin in pinned(name) if not pin.hashes] == []


@pytest.mark.parametrize("name", FILES)
def test_a_file_names_no_place_to_download_from(name: str) -> None:
    lines = (ROOT / f"requirements/{name}.txt").read_text().splitlines()
    assert [line for line in lines if ELSEWHERE.search(line)] == []


def test_every_requirement_file_is_held_against_its_inputs() -> None:
    assert {path.stem for path in (ROOT / "requirements").glob("*.txt")} == FILES.keys()


@pytest.mark.parametrize("name", ["run", "cluster", "gpu"])
def test_a_package_has_one_version_in_all_files_that_share_an_environment(name: str) -> None:
    tested = {(pin.name, pin.version) for pin in pinned("test")}
    names = {pin.name for pin in pinned("test")}
    other = {(pin.name, pin.version) for pin in pinned(name) if pin.name in names}
    assert other - tested == set()


def test_the_test_environment_holds_all_that_a_run_needs() -> None:
    assert {pin.name for pin in pinned("run")} <= {pin.name for pin in pinned("test")}


def test_the_framework_contract_names_every_declared_dependency_but_numpy() -> None:
    extras = tuple(project()["project"]["optional-dependencies"])
    names = {canonicalize_name(each.name) for each in declared(Inputs(groups=(), extras=extras))}
    imported = {IMPORTED_AS.get(name, name.replace("-", "_")) for name in names}
    forbidden = contracts()["core-knows-no-framework"]["forbidden_modules"]
    assert imported - set(forbidden) == {"numpy"}
