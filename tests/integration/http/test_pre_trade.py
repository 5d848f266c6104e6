"""The analysis of orders over HTTP, with the data in Postgres."""

from pathlib import Path
from typing import Any

import pytest

from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage, build_postgres
from bootstrap.system import System
from tests.unit.adapters.http.context import open_context
from tests.unit.adapters.http.pre_trade import JOURNEYS


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda one: one.__name__)
async def test_a_journey(database_url: str, tmp_path: Path, journey: Any) -> None:
    settings = Settings(profile="cluster", database_url=database_url, data_dir=tmp_path)

    def over(system: System) -> Storage:
        return build_postgres(settings=settings, system=system)

    async with open_context(storage_of=over) as context:
        await journey(context)
