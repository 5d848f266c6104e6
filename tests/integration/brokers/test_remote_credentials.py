"""A paper venue in its own process tells over its wire what a key may do."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from adapters.brokers.paper.asking import RemoteCredentials
from domain.secrets.api_key import Credentials, Environment, KeyPermission
from ports.broker import BrokerUnavailable, BrokerUnsure
from ports.broker_credentials import CredentialsHold
from tests.contracts.secrets.broker_credentials import (
    KNOWN,
    TRADING,
    Broker,
    BrokerCredentialsContract,
)
from tests.integration.brokers.venue_process import VenueProcess, venue_process


@pytest.fixture(scope="module")
def venue() -> Iterator[VenueProcess]:
    with venue_process() as venue:
        yield venue


class TestRemoteCredentials(BrokerCredentialsContract):
    @pytest.fixture
    async def broker(self, venue: VenueProcess) -> Broker:
        async def issue(credentials: Credentials, permissions: frozenset[KeyPermission]) -> None:
            body = {
                "key": credentials.key,
                "secret": credentials.secret,
                "passphrase": credentials.passphrase,
                "permissions": sorted(permissions),
            }
            async with httpx.AsyncClient(trust_env=False) as http:
                reply = await http.post(f"{venue.url}/admin/credentials", json=body)
            assert reply.status_code == 200, reply.text

        await issue(KNOWN, frozenset())
        return Broker(asked=RemoteCredentials(url=venue.url), issue=issue)


async def test_a_venue_is_started_with_its_keys(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text(
        f'[{{"key": "{KNOWN.key}", "secret": "{KNOWN.secret}", "passphrase": "words",'
        ' "permissions": ["read", "trade"]}]'
    )
    with venue_process("--credentials", str(path)) as venue:
        said = await RemoteCredentials(url=venue.url).verify(KNOWN)
    assert said == CredentialsHold(environment=Environment.PAPER, permissions=TRADING)


async def test_a_venue_that_is_away_or_answers_nonsense_is_told_apart(
    venue: VenueProcess,
) -> None:
    with venue_process() as gone:
        url = gone.url
    with pytest.raises(BrokerUnavailable) as caught:
        await RemoteCredentials(url=url).verify(KNOWN)
    assert KNOWN.secret not in str(caught.value)
    assert caught.value.__cause__ is None
    with pytest.raises(BrokerUnsure, match="status 404"):
        await RemoteCredentials(url=f"{venue.url}/elsewhere").verify(KNOWN)


def test_a_malformed_question_is_refused_without_repeating_it(venue: VenueProcess) -> None:
    for body in ({"key": "c4n4ry"}, {"key": "k", "secret": "c4n4ry"}, {"key": ["c4n4ry"]}):
        for path in ("/v1/credentials", "/admin/credentials"):
            reply = httpx.post(f"{venue.url}{path}", json=body, trust_env=False)
            assert reply.status_code == 400
            assert "c4n4ry" not in reply.text
