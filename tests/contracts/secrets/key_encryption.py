"""What every adapter of KeyEncryption promises, local or Vault's."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from domain.secrets.address import RowAddress
from domain.secrets.keys import KeyMark, KeyState, check_address
from ports.secrets import KeyEncryption, SecretUnreadable
from tests import builders
from tests.contracts.contract import Contract

KEY = bytes(range(32))
ROW = RowAddress(tenant_id=UUID(int=1), table="api_keys", column="credentials", row="7")
# Other places, each different in one thing.
OTHERS = (
    RowAddress(tenant_id=UUID(int=2), table="api_keys", column="credentials", row="7"),
    RowAddress(tenant_id=UUID(int=1), table="api_key", column="credentials", row="7"),
    RowAddress(tenant_id=UUID(int=1), table="api_keys", column="credential", row="7"),
    RowAddress(tenant_id=UUID(int=1), table="api_keys", column="credentials", row="77"),
    # The same letters, cut elsewhere.
    RowAddress(tenant_id=UUID(int=1), table="api_keysc", column="redentials", row="7"),
)
Begin = Callable[[KeyEncryption, int], Awaitable[KeyMark]]


async def begun(keys: KeyEncryption, version: int) -> KeyMark:
    """Begin a version as a vault does, and return its mark."""
    parameters = await keys.rotate(to=version)
    row = check_address(version)
    return KeyMark(
        version=version,
        state=KeyState.CURRENT,
        check=await keys.wrap(KEY, row=row, version=version),
        parameters=parameters,
        created_at=builders.AT,
    )


class KeyEncryptionContract(Contract):
    """Subclasses give a fixture `keys`, which has no version yet or version 1 and 2."""

    @pytest.fixture
    @abstractmethod
    async def keys(self) -> KeyEncryption: ...

    async def test_a_data_key_comes_back_in_its_row_and_version(self, keys: KeyEncryption) -> None:
        mark = await begun(keys, 1)
        assert 1 in await keys.versions([mark])
        wrapped = await keys.wrap(KEY, row=ROW, version=1)
        assert KEY not in wrapped
        assert await keys.unwrap(wrapped, row=ROW, version=1) == KEY

    async def test_the_same_key_never_looks_the_same_twice(self, keys: KeyEncryption) -> None:
        await begun(keys, 1)
        seen = {await keys.wrap(KEY, row=ROW, version=1) for _ in range(50)}
        assert len(seen) == 50

    @pytest.mark.parametrize("other", OTHERS, ids=lambda row: f"{row.table}.{row.column}")
    async def test_a_data_key_opens_in_no_other_row(
        self, keys: KeyEncryption, other: RowAddress
    ) -> None:
        await begun(keys, 1)
        wrapped = await keys.wrap(KEY, row=ROW, version=1)
        with pytest.raises(SecretUnreadable):
            await keys.unwrap(wrapped, row=other, version=1)
        await begun(keys, 2)
        with pytest.raises(SecretUnreadable):
            await keys.rewrap(wrapped, row=other, before=1, after=2)

    async def test_a_data_key_opens_under_no_other_version(self, keys: KeyEncryption) -> None:
        for version in (1, 2):
            await begun(keys, version)
        wrapped = await keys.wrap(KEY, row=ROW, version=1)
        with pytest.raises(SecretUnreadable):
            await keys.unwrap(wrapped, row=ROW, version=2)

    async def test_what_was_altered_does_not_open(self, keys: KeyEncryption) -> None:
        await begun(keys, 1)
        wrapped = await keys.wrap(KEY, row=ROW, version=1)
        for altered in (
            wrapped[:-1],
            wrapped + b"A",
            wrapped[:-3] + bytes([wrapped[-3] ^ 1]) + wrapped[-2:],
            b"",
        ):
            with pytest.raises(SecretUnreadable):
                await keys.unwrap(altered, row=ROW, version=1)

    async def test_a_data_key_is_wrapped_anew_under_a_later_version(
        self, keys: KeyEncryption
    ) -> None:
        marks = [await begun(keys, 1), await begun(keys, 2)]
        assert await keys.versions(marks) >= {1, 2}
        wrapped = await keys.wrap(KEY, row=ROW, version=1)
        again = await keys.rewrap(wrapped, row=ROW, before=1, after=2)
        assert again != wrapped
        assert await keys.unwrap(again, row=ROW, version=2) == KEY
        assert await keys.unwrap(wrapped, row=ROW, version=1) == KEY

    async def test_a_version_that_is_there_stays_as_it_is(self, keys: KeyEncryption) -> None:
        await begun(keys, 1)
        wrapped = await keys.wrap(KEY, row=ROW, version=1)
        await keys.rotate(to=1)
        assert await keys.unwrap(wrapped, row=ROW, version=1) == KEY
        assert "AAA" not in repr(keys)
