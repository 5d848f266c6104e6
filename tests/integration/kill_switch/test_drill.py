"""A drill shows each venue as it behaves, is signed, and is kept for whoever may read it."""

import json
from pathlib import Path

import pytest

from adapters.memory.stops import MemoryDrills
from adapters.security.key_ring import FolderKeys
from adapters.security.statements import SignedStatements
from adapters.system.drill_files import FileDrills
from application.kill_switch.keep_drills import KeepDrills
from application.kill_switch.run_drill import DrillUnfit
from bootstrap.kill_switch.drill import VENUES, run_drill
from bootstrap.system import build_system
from domain.kill_switch.drill import DrillFigures, DrillVenue, Spread
from ports.drills import DrillLog
from tests.integration.bootstrap.processes import ballast

pytestmark = pytest.mark.timeout(900)

FIGURES = DrillFigures(
    broadcast_ms=12.5,
    confirmation_ms=Spread(p50=1.0, p99=2.0, max=3.0),
    venues=(
        DrillVenue(name="steady", orders=1, confirmed=True, escalated=False, confirmed_ms=3.0),
    ),
)


async def test_venues_that_answer_are_confirmed_and_the_others_escalated() -> None:
    figures = await run_drill(orders=103, venues=tuple(VENUES), within_s=25)
    by_name = {one.name: one for one in figures.venues}
    assert sum(one.orders for one in figures.venues) == 103
    confirmed = {name for name, one in by_name.items() if one.confirmed}
    assert confirmed == {"steady", "slow", "losing_replies"}
    assert {name for name, one in by_name.items() if one.escalated} == {"refusing", "unreachable"}
    assert by_name["refusing"].problem.startswith("refused by the paper venue")
    assert figures.confirmation_ms is not None
    assert figures.broadcast_ms > 0


async def test_a_venue_that_there_is_not_is_named() -> None:
    with pytest.raises(DrillUnfit, match="slowly"):
        await run_drill(orders=5, venues=("steady", "slowly"), within_s=1)


@pytest.fixture(params=["memory", "files"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> DrillLog:
    return MemoryDrills() if request.param == "memory" else FileDrills(tmp_path / "drills")


def keeping(log: DrillLog, *, key: Path) -> KeepDrills:
    """Return what keeps drills under the key of that file."""
    system = build_system()
    return KeepDrills(
        log=log,
        statements=SignedStatements(keys=FolderKeys(key), clock=system.clock),
        clock=system.clock,
        ids=system.ids,
    )


async def test_drills_are_kept_as_signed_the_last_first(log: DrillLog, tmp_path: Path) -> None:
    drills = keeping(log, key=tmp_path / "ours.pem")
    kept = [await drills.keep(FIGURES, orders=n) for n in (1, 2, 3)]
    found = await drills.latest(2)
    assert found == [(kept[2], True), (kept[1], True)]
    assert json.loads(kept[2].text)["broadcast_ms"] == 12.5


async def test_what_another_key_signed_or_somebody_changed_does_not_hold(
    log: DrillLog, tmp_path: Path
) -> None:
    await keeping(log, key=tmp_path / "theirs.pem").keep(FIGURES, orders=1)
    ours = keeping(log, key=tmp_path / "ours.pem")
    assert [holds for _, holds in await ours.latest(9)] == [False]
    drill = await ours.keep(FIGURES, orders=1)
    text = drill.text.replace("12.5", "1.25")
    assert not ours.statements.is_ours(text, signature=drill.signature)
    for signature in ("", "x.y", drill.signature[:-8], f"{drill.signature.split('.')[0]}."):
        assert not ours.statements.is_ours(drill.text, signature=signature)


def test_without_a_signing_key_the_command_says_what_is_missing(tmp_path: Path) -> None:
    done = ballast(tmp_path / "data", "kill", "drill", "--orders", "5")
    assert done.returncode != 0
    assert "start a server" in done.stderr


def test_the_command_prints_what_the_api_shows(tmp_path: Path) -> None:
    FolderKeys(tmp_path / "data" / "keys" / "access-token.pem").read()
    done = ballast(
        tmp_path / "data", "kill", "drill", "--orders", "10", "--venues", "steady", "--json"
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["orders"], [one["name"] for one in told["venues"]]) == (10, ["steady"])
    (kept,) = (tmp_path / "data" / "kill" / "drills").iterdir()
    assert json.loads(json.loads(kept.read_text())["text"])["id"] == told["id"]
