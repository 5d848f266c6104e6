"""The leases keep the promises of their port."""

import pytest

from adapters.memory.leases import SoleLease
from ports.leases import Lease


class LeaseContract:
    """Subclasses give `lease`, one that its process holds and keeps."""

    @pytest.fixture
    async def lease(self) -> Lease:
        raise NotImplementedError

    async def test_a_lease_that_is_kept_is_held(self, lease: Lease) -> None:
        assert [lease.is_held() for _ in range(3)] == [True, True, True]


class TestSoleLease(LeaseContract):
    @pytest.fixture
    async def lease(self) -> Lease:
        return SoleLease()
