"""What every adapter of BrokerCredentials promises."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import pytest

from domain.secrets.api_key import Credentials, Environment, KeyPermission
from ports.broker_credentials import BrokerCredentials, CredentialsHold, CredentialsRefused
from tests.contracts.contract import Contract

KNOWN = Credentials(key="PK-known", secret="a secret of sixteen", passphrase="words")
PLAIN = Credentials(key="PK-plain", secret="another secret of sixteen")
TRADING = frozenset({KeyPermission.READ, KeyPermission.TRADE})
Issue = Callable[[Credentials, frozenset[KeyPermission]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Broker:
    """Who is asked, and the hand that gives keys out and takes them back."""

    asked: BrokerCredentials
    issue: Issue


class BrokerCredentialsContract(Contract):
    """Subclasses give a fixture `broker` that knows no key."""

    @pytest.fixture
    @abstractmethod
    async def broker(self) -> Broker: ...

    @pytest.mark.parametrize(
        "permissions", [TRADING, frozenset({KeyPermission.READ}), frozenset(KeyPermission)]
    )
    async def test_a_key_may_do_what_it_was_given(
        self, broker: Broker, permissions: frozenset[KeyPermission]
    ) -> None:
        for credentials in (KNOWN, PLAIN):
            await broker.issue(credentials, permissions)
            assert await broker.asked.verify(credentials) == CredentialsHold(
                environment=Environment.PAPER, permissions=permissions
            )

    @pytest.mark.parametrize(
        "wrong",
        [
            replace(KNOWN, key="PK-other"),
            replace(KNOWN, secret="a secret of sixteem"),
            replace(KNOWN, passphrase=None),
            replace(KNOWN, passphrase="word"),
            replace(KNOWN, key="PK-\u00e9\u4e16"),
        ],
        ids=["key", "secret", "none", "passphrase", "letters"],
    )
    async def test_what_was_not_given_out_is_refused_without_repeating_it(
        self, broker: Broker, wrong: Credentials
    ) -> None:
        await broker.issue(KNOWN, TRADING)
        said = await broker.asked.verify(wrong)
        assert isinstance(said, CredentialsRefused)
        assert wrong.key not in said.reason
        assert wrong.secret not in said.reason

    async def test_a_key_that_was_taken_back_is_refused(self, broker: Broker) -> None:
        await broker.issue(KNOWN, TRADING)
        await broker.issue(KNOWN, frozenset())
        assert isinstance(await broker.asked.verify(KNOWN), CredentialsRefused)
