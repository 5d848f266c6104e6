"""The parts of a process hang together as they must."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from adapters.memory.market import MemoryCalendars, MemoryInstruments, MemoryMarket
from bootstrap.all_areas import AREAS
from bootstrap.area import Area
from bootstrap.areas.kill_switch import build_activation
from bootstrap.container import Miswired, build_hasher, build_kill_hasher, compose
from bootstrap.gatekeeper import build_gatekeeper
from bootstrap.settings.sections import Settings
from domain.market.condition import WELL
from domain.orders.moves import MoveTimes
from domain.risk.rule_set import no_rules
from ports.market import only_lap
from tests.unit.application.orders.test_objecting import Source
from tests.unit.domain.risk.context import AT, TENANT, book, codes, instrument, order


def test_a_flooded_login_cannot_hold_up_the_kill_switch(tmp_path: Path) -> None:
    # Reading the price history takes seconds, and has no part in this.
    parts = compose(Settings(data_dir=tmp_path), market=SimpleNamespace(clock=None))
    stop = parts.of(build_activation).passcode
    assert stop.hasher is parts.of(build_kill_hasher)
    assert stop.hasher is not parts.of(build_hasher)


def test_a_part_that_nothing_builds_is_named(tmp_path: Path) -> None:
    area = Area(name="new", sentence="New.", builds={"new": lambda *, nowhere: nowhere})
    with pytest.raises(Miswired, match="new needs nowhere, which no area builds"):
        compose(Settings(data_dir=tmp_path), areas=(*AREAS, area))


def test_parts_that_need_each_other_are_named(tmp_path: Path) -> None:
    area = Area(
        name="new",
        sentence="New.",
        builds={"hen": lambda *, egg: egg, "egg": lambda *, hen: hen},
    )
    with pytest.raises(Miswired, match="hen needs egg needs hen"):
        compose(Settings(data_dir=tmp_path), areas=(*AREAS, area))


def test_what_stands_in_for_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Miswired, match="nothing is built under the name storrage"):
        compose(Settings(data_dir=tmp_path), storrage=None)


def test_an_area_that_objects_is_heard_by_the_gate(tmp_path: Path) -> None:
    """Silent until it says that it is up to date; then what it has against an order denies it."""
    source = Source(at=None)
    area = Area(name="tax", sentence="Tax.", builds={"tax": lambda: source}, objects="tax")
    parts = compose(
        Settings(data_dir=tmp_path),
        areas=(*AREAS, area),
        storage=SimpleNamespace(rule_sets=None, journal=None, works=None),
        market=SimpleNamespace(
            instruments=MemoryInstruments([instrument()]),
            view=MemoryMarket(at=AT),
            calendars=MemoryCalendars(),
            lap=only_lap,
        ),
        commissions={},
        condition=lambda _: WELL,
    )
    gatekeeper, asked = parts.of(build_gatekeeper), order()

    def denied() -> list[str]:
        return codes(
            gatekeeper.judge(
                asked,
                view=gatekeeper.view.marked(gatekeeper.view(book()), symbol=asked.symbol),
                rules=no_rules(TENANT),
                when=MoveTimes(at=AT, market_at=AT),
            ).verdict
        )

    assert "SOURCE_SILENT" in denied()
    source.at = AT
    assert "SOURCE_SILENT" not in denied()
    assert "WASH_SALE" in denied()


def test_what_objects_must_be_built(tmp_path: Path) -> None:
    area = Area(name="tax", sentence="Tax.", objects="tax")
    with pytest.raises(Miswired, match="nothing is built under the name tax"):
        compose(Settings(data_dir=tmp_path), areas=(*AREAS, area))
