"""Poison, dead storage and a dead log: nothing is skipped, nothing blocks the rest."""

import asyncio
import random
from dataclasses import dataclass, replace

from adapters.kafka.facades import CommandFacades
from adapters.kafka.wire import COMMANDS
from application.orders.commands import SubmitOrder, SubmitOutcome
from application.orders.submit import Submit
from application.shared.change import Once
from ports.storage import StorageUnavailable
from tests.unit.adapters.kafka.counter import ORDER, Counter


@dataclass
class Weather:
    """How storage does."""

    down: bool = False
    asked: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherSubmit(Submit):
    """An intake that is at the mercy of the weather, with a defect for some orders."""

    weather: Weather

    async def __call__(
        self, command: SubmitOrder, *, idempotency: Once[SubmitOutcome] | None
    ) -> SubmitOutcome:
        self.weather.asked += 1
        if self.weather.down:
            raise StorageUnavailable("down")
        if command.strategy_id == "defect":
            raise RuntimeError("a defect")
        return await Submit.__call__(self, command, idempotency=idempotency)


def under(weather: Weather, counter: Counter) -> None:
    """Put the intake under a weather."""

    def changed(given: CommandFacades) -> CommandFacades:
        submit = given.orders.submitting
        submitting = WeatherSubmit(
            context=submit.context,
            gatekeeper=submit.gatekeeper,
            books=submit.books,
            sleeper=submit.sleeper,
            weather=weather,
        )
        return replace(given, orders=replace(given.orders, submitting=submitting))

    counter.changed_facades = changed


async def test_poison_among_commands_is_put_aside_and_stalls_nothing(counter: Counter) -> None:
    under(Weather(), counter)
    draw = random.Random(5)
    good = 0
    for number in range(60):
        match draw.randrange(20):
            case 0 | 1 | 2 | 3 | 4:
                counter.put((counter.account.encode(), b"{poison"))
            case 5:
                counter.send(payload=ORDER | {"strategy_id": "defect"}, name=f"bad {number}")
            case _:
                good += 1
                fields = {"quantity": "1", "client_order_id": f"n-{number:02}"}
                counter.send(payload=ORDER | fields, name=f"good {number}")
    await counter.work()
    orders = await counter.orders()
    assert len(orders) == good
    names = [order.client_order_id for order in orders]
    assert names == sorted(names)
    assert len(counter.letters()) == 60 - good
    assert set(counter.reasons()) == {"malformed", "failed"}
    assert len(counter.replies()) == 60


async def test_while_storage_is_down_commands_wait_and_none_is_put_aside(counter: Counter) -> None:
    weather = Weather(down=True)
    under(weather, counter)
    for number in range(40):
        counter.send(name=f"order {number}")
    parts = counter.start()
    await counter.until(lambda: weather.asked > 20)
    assert parts.process.waiting > 0
    assert counter.topics.lag(COMMANDS) == 40
    weather.down = False
    await counter.until(lambda: counter.topics.lag(COMMANDS) == 0)
    await counter.stop()
    assert len(await counter.orders()) == 40
    assert counter.letters() == []
    assert parts.process.waiting == 0


async def test_a_command_is_not_done_before_its_answer_was_told(counter: Counter) -> None:
    received = counter.send()
    process = counter.parts().process
    counter.topics.down = True
    task = asyncio.create_task(process(received))
    await counter.until(lambda: process.waiting == 1)
    assert not task.done()
    counter.topics.down = False
    await task
    assert counter.reply()["answer"]["outcome"] == "done"
    assert process.waiting == 0
