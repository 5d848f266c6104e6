"""The parts of a process hang together as they must."""

from pathlib import Path
from types import SimpleNamespace

from bootstrap.container import build_container
from bootstrap.settings.sections import Settings


def test_a_flooded_login_cannot_hold_up_the_kill_switch(tmp_path: Path) -> None:
    container = build_container(Settings(data_dir=tmp_path))
    # Reading the price history takes seconds, and has no part in this.
    market = SimpleNamespace(market=SimpleNamespace(clock=None))
    with container.market_parts.override(market):
        stop = container.activation().passcode
    assert stop.hasher is container.kill_hasher()
    assert stop.hasher is not container.hasher()
