"""docker-compose.yml and the Dockerfile are accepted, and keep to what they promise."""

import os
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from bootstrap.settings.load import DECLARED
from tests.integration.deploy.manifests import (
    COMMANDS,
    OF_MODELS,
    assert_all_can_start,
    settings_variables,
)
from tests.unit.sources import ROOT, SHIPPED

DATA_SERVICES = {"postgres", "redis", "kafka"}
# Where each answers for its health.
PARTS = {
    "worker-patterns": 8000,
    "worker-strategies": 8000,
    "worker-inference": 8001,
    "worker-sentiment": 8002,
    "worker-finbert": 8004,
}


def compose_command() -> list[str]:
    """Return Compose's command, as a plugin or a program; skip where there is neither."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) is None:
            continue
        asked = [*command, "version"]
        if subprocess.run(asked, capture_output=True, timeout=30, check=False).returncode == 0:
            return command
    pytest.skip("neither `docker compose` nor `docker-compose` is installed")


@pytest.fixture(scope="module")
def composed() -> dict[str, Any]:
    """Give the file as Compose understands it."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith("BALLAST_")}
    done = subprocess.run(
        [
            *compose_command(),
            "-f",
            str(ROOT / "docker-compose.yml"),
            "--profile",
            "offline",
            "--profile",
            "models",
            "config",
        ],
        cwd=ROOT,
        env=clean,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    read: dict[str, Any] = yaml.safe_load(done.stdout)
    return read


def services() -> dict[str, dict[str, Any]]:
    """Return the services as the file says them."""
    read: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())[
        "services"
    ]
    return read


def set_in(environment: dict[str, str | None]) -> dict[str, str]:
    """Return what is set; the rest is taken from the shell, where it is set."""
    return {name: text for name, text in environment.items() if text is not None}


def test_compose_accepts_the_file_and_sees_the_whole_product(composed: dict[str, Any]) -> None:
    ours = set(composed["services"]) - DATA_SERVICES
    assert ours == {
        "api",
        "migrations",
        "mock-mcp",
        "watchdog",
        "worker-commands",
        "worker-finbert",
        "worker-inference",
        "worker-market",
        "worker-patterns",
        "worker-relay",
        "worker-sentiment",
        "worker-strategies",
    }
    assert set(composed["services"]) - ours == DATA_SERVICES


def test_the_watchdog_shares_the_folder_of_stops_and_no_credentials() -> None:
    ours = {name: each for name, each in services().items() if name not in DATA_SERVICES}
    # It sends to no broker, and has no part in anything of theirs.
    assert ours.pop("mock-mcp")["volumes"] == []
    shared = "kill:/var/lib/ballast/kill"
    assert all(shared in each["volumes"] for each in ours.values())
    assert ours["watchdog"]["volumes"] == [shared]
    assert set(ours["watchdog"]["environment"]) == {"BALLAST_PAPER_URL", "BALLAST_WATCHDOG_KEYS"}


def test_everything_runs_its_command_after_what_it_needs() -> None:
    ours = {name: each for name, each in services().items() if name not in DATA_SERVICES}
    watchdog = ours.pop("watchdog")
    assert ours.pop("mock-mcp")["depends_on"] == {"api": {"condition": "service_healthy"}}
    assert (watchdog["command"], watchdog["depends_on"]) == (["watchdog"], [])
    run = sorted(each["command"] for each in ours.values())
    assert run == sorted((*COMMANDS, *OF_MODELS))
    migrations = ours.pop("migrations")
    assert migrations["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for each in ours.values():
        assert each["depends_on"] == {
            "migrations": {"condition": "service_completed_successfully"},
            "redis": {"condition": "service_healthy"},
            "kafka": {"condition": "service_healthy"},
        }


def test_who_hears_agents_and_who_takes_commands_know_the_same_keys() -> None:
    given = {
        name: each["environment"]["BALLAST_COMMANDS_KEYS"]
        for name, each in services().items()
        if name in ("api", "worker-commands")
    }
    assert given == dict.fromkeys(("api", "worker-commands"), "${BALLAST_COMMANDS_KEYS:-[]}")


def test_every_worker_can_start_as_it_is_set(composed: dict[str, Any]) -> None:
    ours = {name: each for name, each in composed["services"].items() if name not in DATA_SERVICES}
    del ours["migrations"], ours["watchdog"], ours["mock-mcp"]
    assert_all_can_start(
        {name: (each["command"], set_in(each["environment"])) for name, each in ours.items()}
    )


def test_every_server_has_a_health_check() -> None:
    # The workers have the image's own.
    assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()
    checked = {name for name, each in services().items() if "test" in each.get("healthcheck", {})}
    assert checked == {*DATA_SERVICES, *PARTS, "api", "mock-mcp", "watchdog"}


def test_the_parts_are_looked_at_every_half_minute_on_the_port_where_they_answer() -> None:
    for name, port in PARTS.items():
        checked = services()[name]["healthcheck"]
        assert (checked["interval"], checked["timeout"], checked["retries"]) == ("30s", "10s", 3)
        assert checked["test"] == ["CMD", "ballast", "health", "--port", str(port)]
        command = services()[name]["command"]
        part = command[1]
        key = "sentiment.finbert_port" if part == "finbert" else f"{part}.port"
        told = command[-1] if "--health-port" in command else DECLARED.catalogue[key].default
        assert str(told) == str(port)


def test_the_stand_in_for_a_brokers_mcp_server_runs_offline_alone() -> None:
    one = services()["mock-mcp"]
    assert one["profiles"] == ["offline"]
    models = {"worker-inference", "worker-finbert"}
    assert all(services()[name]["profiles"] == ["models"] for name in models)
    always = services().keys() - models - {"mock-mcp"}
    assert all("profiles" not in services()[name] for name in always)
    assert one["command"] == ["mcp", "--host", "0.0.0.0", "--port", "9000", "--plain"]
    checked = one["healthcheck"]
    assert (checked["interval"], checked["timeout"], checked["retries"]) == ("30s", "10s", 3)
    # The API answers to the name by which it is asked.
    assert one["environment"] == {"BALLAST_URL": "http://api:8000"}
    hosts = services()["api"]["environment"]["BALLAST_HTTP_ALLOWED_HOSTS"]
    asked = "api,worker-inference,worker-sentiment,worker-finbert"
    assert hosts == "${BALLAST_HTTP_ALLOWED_HOSTS:-" + asked + "}"


def test_every_service_has_its_share_and_no_more() -> None:
    limits = {name: each["deploy"]["resources"]["limits"] for name, each in services().items()}
    for name, limit in limits.items():
        assert limit.keys() == {"cpus", "memory"}, name
        # As set, else as it stands: a machine of two processors runs them all.
        assert 0 < float(limit["cpus"].rpartition(":-")[2].rstrip("}")) <= 2, name
        assert re.fullmatch(r"[1-9]\d*[MG]", limit["memory"]), name
    redis = services()["redis"]["command"]
    assert int(redis[redis.index("--maxmemory") + 1].removesuffix("mb")) * 2 <= 512


def test_no_services_log_grows_for_ever() -> None:
    for name, each in services().items():
        options = each["logging"]["options"]
        assert options.keys() == {"max-size", "max-file"}, name


def test_compose_understands_the_shares(composed: dict[str, Any]) -> None:
    for name, each in composed["services"].items():
        assert {"cpus", "memory"} <= each["deploy"]["resources"]["limits"].keys(), name


def test_only_the_api_is_published_and_on_loopback() -> None:
    published = {name: each["ports"] for name, each in services().items() if "ports" in each}
    assert published == {"api": ["127.0.0.1:${BALLAST_PORT:-8000}:8000"]}


def test_the_settings_are_ones_that_ballast_reads() -> None:
    named = {name for each in services().values() for name in each["environment"]}
    ours = {name for name in named if name.startswith("BALLAST_")}
    assert ours <= settings_variables()


def test_the_image_holds_all_that_is_shipped_and_runs_as_nobody_special() -> None:
    lines = [line.split() for line in (ROOT / "Dockerfile").read_text().splitlines() if line]
    copied = {
        source
        for line in lines
        if line[0] == "COPY" and "--from=build" not in line
        for source in line[1:-1]
    }
    assert set(SHIPPED) | {"requirements/cluster.txt", "pyproject.toml"} <= copied
    let_in = (ROOT / ".dockerignore").read_text().splitlines()
    assert let_in[0] == "*"
    assert {f"!{name}" for name in copied} <= set(let_in)
    assert [line[1] for line in lines if line[0] == "USER"] == ["10001:10001"]
    assert lines.index(["USER", "10001:10001"]) > max(
        index for index, line in enumerate(lines) if line[0] == "FROM"
    )
    images = {line[1] for line in lines if line[0] == "FROM"}
    images |= {each["image"] for each in services().values()}
    # A plain name has no host: what comes before its first slash has no dot and no port.
    assert [name for name in images if "/" in name and set(".:") & set(name.split("/")[0])] == []


def test_the_images_packages_are_pinned_with_kafkas_and_rediss_clients() -> None:
    pinned = (ROOT / "requirements/cluster.txt").read_text()
    assert {"aiokafka", "redis"} <= {line.partition("==")[0] for line in pinned.splitlines()}
