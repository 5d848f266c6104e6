"""What every adapter of StopFiles promises."""

from abc import abstractmethod
from datetime import timedelta

import pytest

from domain.kill_switch.latch import LatchCause, Level, Scope
from ports.stops import StopFiles
from tests import builders
from tests.contracts.contract import Contract


class StopFilesContract(Contract):
    """Subclasses give `files`, empty."""

    @pytest.fixture
    @abstractmethod
    def files(self) -> StopFiles: ...

    async def test_what_is_kept_comes_back_whole_and_oldest_first(self, files: StopFiles) -> None:
        tenant_id = builders.new_id()
        late = builders.latch(
            scope=Scope(tenant_id=tenant_id, symbol="AAPL"),
            engaged_at=builders.AT + timedelta(seconds=1),
            cause=LatchCause.WATCHDOG,
            level=Level.REDUCING,
        )
        early = builders.latch(scope=Scope(tenant_id=tenant_id, broker="paper"))
        for latch in (late, early, late):
            await files.keep(latch)
        assert list(await files.kept()) == [early, late]

    async def test_what_is_forgotten_is_kept_no_more(self, files: StopFiles) -> None:
        latch = builders.latch(scope=Scope(tenant_id=builders.new_id()))
        await files.keep(latch)
        await files.forget(latch.id)
        await files.forget(latch.id)
        assert not await files.kept()
