"""The paper venue knows its keys, in process."""

import json

import pytest

from adapters.brokers.paper.credentials import CredentialBook, UnusableCredentials, read_issued
from domain.secrets.api_key import Credentials, KeyPermission
from tests.contracts.secrets.broker_credentials import (
    KNOWN,
    TRADING,
    Broker,
    BrokerCredentialsContract,
)


class TestPaperCredentials(BrokerCredentialsContract):
    @pytest.fixture
    async def broker(self) -> Broker:
        book = CredentialBook()

        async def issue(credentials: Credentials, permissions: frozenset[KeyPermission]) -> None:
            if permissions:
                book.issue(credentials, permissions=permissions)
            else:
                book.revoke(credentials.key)

        return Broker(asked=book, issue=issue)


async def test_a_list_of_keys_is_read_with_its_proofs_only() -> None:
    listed = [{"key": KNOWN.key, "secret": KNOWN.secret, "permissions": ["read", "trade"]}]
    issued = read_issued(json.dumps(listed))
    assert [(one.key, one.permissions) for one in issued] == [(KNOWN.key, TRADING)]
    assert KNOWN.secret not in repr(issued) + repr(CredentialBook(issued))
    assert read_issued(None) == ()


@pytest.mark.parametrize(
    "text",
    [
        "c4n4ry",
        "{}",
        '["c4n4ry"]',
        '[{"key": "c4n4ry"}]',
        '[{"key": "k", "secret": "c4n4ry", "permissions": ["read"]}]',
        '[{"key": "k", "secret": "c4n4ry of sixteen letters", "permissions": ["c4n4ry"]}]',
        '[{"key": ["c4n4ry"], "secret": "c4n4ry of sixteen letters", "permissions": []}]',
        "[" * 100_000,
    ],
)
def test_what_is_no_list_of_keys_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UnusableCredentials) as caught:
        read_issued(text)
    assert "c4n4ry" not in str(caught.value)
    assert caught.value.__cause__ is None
