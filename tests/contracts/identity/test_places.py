"""Places in memory and in a file keep the promises of the port."""

from pathlib import Path

import pytest

from adapters.memory.places import MemoryPlaces
from adapters.places.networks_file import NetworksFile
from ports.places import Places
from tests.contracts.identity.places import GIVEN, PlacesContract


class TestMemoryPlaces(PlacesContract):
    @pytest.fixture
    def places(self) -> Places:
        return MemoryPlaces(GIVEN)

    @pytest.fixture
    def nowhere(self) -> Places:
        return MemoryPlaces()


class TestNetworksFile(PlacesContract):
    @pytest.fixture
    def places(self, tmp_path: Path) -> Places:
        lines = [f"{name},{one.lat},{one.lon},{one.label}" for name, one in GIVEN.items()]
        path = tmp_path / "places.csv"
        path.write_text("\n".join(["network,lat,lon,label", *lines, ""]))
        file = NetworksFile(path)
        file.start()
        return file

    @pytest.fixture
    def nowhere(self) -> Places:
        file = NetworksFile(None)
        file.start()
        return file
