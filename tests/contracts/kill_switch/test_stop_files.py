"""The files of stops, in memory and on a volume."""

from pathlib import Path

import pytest

from adapters.memory.stops import MemoryStopFiles
from adapters.system.stop_files import FileStops
from domain.kill_switch.latch import Scope
from ports.stops import StopFiles, StopNotKept
from tests import builders
from tests.contracts.kill_switch.stop_files import StopFilesContract


class TestMemoryStopFiles(StopFilesContract):
    """In memory."""

    @pytest.fixture
    def files(self) -> StopFiles:
        return MemoryStopFiles()


class TestFileStops(StopFilesContract):
    """On a volume."""

    @pytest.fixture
    def files(self, tmp_path: Path) -> StopFiles:
        return FileStops(tmp_path / "stops")

    async def test_another_process_of_the_machine_reads_the_same(
        self, files: StopFiles, tmp_path: Path
    ) -> None:
        latch = builders.latch(scope=Scope(tenant_id=builders.new_id()))
        await files.keep(latch)
        assert list(await FileStops(tmp_path / "stops").kept()) == [latch]
        (only,) = (tmp_path / "stops").iterdir()
        assert only.stat().st_mode & 0o077 == 0

    async def test_a_file_that_cannot_be_read_may_be_a_stop(
        self, files: StopFiles, tmp_path: Path
    ) -> None:
        latch = builders.latch(scope=Scope(tenant_id=builders.new_id()))
        await files.keep(latch)
        (only,) = (tmp_path / "stops").iterdir()
        only.write_bytes(only.read_bytes()[:-20])
        with pytest.raises(StopNotKept):
            await files.kept()

    async def test_a_folder_that_takes_nothing_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "stops").write_text("a file where the folder should be")
        with pytest.raises(StopNotKept):
            await FileStops(tmp_path / "stops").keep(
                builders.latch(scope=Scope(tenant_id=builders.new_id()))
            )
