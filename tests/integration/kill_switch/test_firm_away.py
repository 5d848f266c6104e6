"""The operator stops the firm from the host while no database answers."""

from collections.abc import Sequence
from pathlib import Path

from adapters.system.stop_files import FileStops
from adapters.system.stop_listener import StopHandlers, StopListener
from application.kill_switch.commands import ActivateKill
from bootstrap.kill_switch.operator import operators_stop
from bootstrap.settings.kill import KillSettings
from bootstrap.settings.sections import Settings
from domain.audit.entry import NOBODY
from domain.kill_switch.latch import Latch, ScopeKind


async def _nothing(*_: object) -> Sequence[Latch]:
    return ()


async def test_a_firm_stop_reaches_who_sends_and_is_kept(tmp_path: Path) -> None:
    heard: list[Latch] = []

    async def take(latch: Latch) -> None:
        heard.append(latch)

    async def stored(_: object) -> None:
        return None

    listener = StopListener(
        name="sends",
        folder=tmp_path / "sockets",
        handlers=StopHandlers(take=take, stored=stored, kept=_nothing),
    )
    await listener.start()
    try:
        stop = operators_stop(Settings(kill=KillSettings(folder=tmp_path)))
        done = await stop(ActivateKill(tenant_id=NOBODY, actor="operator", reason="now"))
    finally:
        await listener.stop()
    assert done.reached.heard == ("sends",)
    assert [one.scope.kind for one in heard] == [ScopeKind.FIRM]
    assert await FileStops(tmp_path / "stops").kept() == [done.latch]


async def test_where_nobody_runs_it_is_kept_for_whoever_starts(tmp_path: Path) -> None:
    stop = operators_stop(Settings(kill=KillSettings(folder=tmp_path / "new")))
    done = await stop(ActivateKill(tenant_id=NOBODY, actor="operator", reason="now"))
    assert done.reached.heard == ()
    assert await FileStops(tmp_path / "new" / "stops").kept() == [done.latch]
