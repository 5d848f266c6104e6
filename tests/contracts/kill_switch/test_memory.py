"""The latches, passcodes and barrier in memory keep their promises."""

from tests.contracts.kill_switch.barrier import KillBarrierContract
from tests.contracts.kill_switch.latches import LatchesContract
from tests.contracts.kill_switch.passcodes import PasscodesContract
from tests.contracts.risk.breaches import BreachesContract
from tests.contracts.storage import OverMemory


class TestMemoryLatches(OverMemory, LatchesContract):
    pass


class TestMemoryPasscodes(OverMemory, PasscodesContract):
    pass


class TestMemoryBreaches(OverMemory, BreachesContract):
    pass


class TestMemoryKillBarrier(OverMemory, KillBarrierContract):
    pass
