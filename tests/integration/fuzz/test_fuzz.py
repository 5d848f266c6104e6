"""Fuzzing, sized for every run of the suite; `make fuzz` runs it at its goals."""

import asyncio
from collections.abc import Iterator
from random import Random

import pytest

from tests.fuzz.api import fuzz_roles
from tests.fuzz.found import Found
from tests.fuzz.offline import fuzz_bodies, fuzz_settings
from tests.fuzz.passkeys import fuzz_passkeys
from tests.fuzz.roles import askers
from tests.fuzz.sockets import fuzz_venue, fuzz_websocket
from tests.integration.brokers.venue_process import venue_process
from tests.integration.serving import Served, running
from tests.torture.context import Context

SECONDS = 3.0
REQUESTS = 400


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Give a server of its own: among all that is asked is to stop trading."""
    with running(tmp_path_factory.mktemp("fuzzed")) as server:
        yield server


@pytest.fixture
def seed() -> int:
    """Give the suite's seed; `make fuzz` draws its own and names it."""
    return 20_260_102


def assert_sound(found: Found, *, seed: int) -> None:
    """Assert that inputs went in and nothing broke."""
    assert found.wrongs == [], f"seed {seed}"
    assert found.inputs > 20
    assert found.taken > 0


def test_a_settings_file_of_nonsense_is_told_fault_by_fault(seed: int) -> None:
    assert_sound(fuzz_settings(seconds=SECONDS, random=Random(seed)), seed=seed)


def test_a_body_of_nonsense_is_a_problem(seed: int) -> None:
    assert_sound(fuzz_bodies(seconds=SECONDS, random=Random(seed)), seed=seed)


def test_a_passkey_of_nonsense_is_a_problem_and_lets_nobody_in(seed: int) -> None:
    assert_sound(fuzz_passkeys(seconds=SECONDS, random=Random(seed)), seed=seed)


def test_the_venue_outlives_nonsense(seed: int) -> None:
    with venue_process("--read-s-max=2") as venue:
        found = asyncio.run(fuzz_venue(venue.port, seconds=SECONDS, random=Random(seed)))
        assert venue.process.poll() is None
    assert_sound(found, seed=seed)


async def test_the_server_outlives_nonsense_on_its_websocket(served: Served, seed: int) -> None:
    async with Context(url=served.server.url, token=served.token) as context:
        found = await fuzz_websocket(served.server, context, seconds=SECONDS, random=Random(seed))
    assert_sound(found, seed=seed)


@pytest.mark.timeout(900)
def test_the_api_keeps_to_its_own_document_whoever_asks(served: Served, seed: int) -> None:
    told: list[str] = []
    url = served.server.url
    who = askers(url, owner=served.token, roles=("viewer", "trader"))
    asked = fuzz_roles(url, askers=who, cases=REQUESTS, seed=seed, say=told.append)
    assert asked.wrongs == [], f"seed {seed}"
    assert asked.cases >= REQUESTS
    assert list(asked.by_role) == ["viewer", "trader", "owner"]
    assert min(asked.by_role.values()) > 0
    assert "http.failed" not in served.server.log_tail(lines=100_000)
