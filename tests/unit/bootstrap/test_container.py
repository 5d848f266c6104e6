"""The parts of a process hang together as they must."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from bootstrap.all_areas import AREAS
from bootstrap.area import Area
from bootstrap.areas.kill_switch import build_activation
from bootstrap.container import Miswired, build_hasher, build_kill_hasher, compose
from bootstrap.settings.sections import Settings


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
