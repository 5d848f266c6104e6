"""A Redis that is gone costs nobody time, and is used again when it is back."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from adapters.redis.client import RedisAway, RedisLimits, RedisLink, Script
from tests.integration.redis.links import QUICK, link_to
from tests.services.proxy import FaultProxy, Way
from tests.services.service import Service
from tests.waiting import WITHIN_S, eventually

# "A few milliseconds" of this process's own time: the machine is shared with other suites.
QUESTIONS, CPU_MS_MAX = 200, 2.0
DOUBLE = Script("return ARGV[1] * 2")


async def cost_ms(question: Callable[[], Awaitable[object]]) -> float:
    """Return what a question that fails costs, in time of this process."""
    began = time.process_time()
    for _ in range(QUESTIONS):
        with pytest.raises(RedisAway):
            await question()
    return (time.process_time() - began) * 1000 / QUESTIONS


async def test_a_killed_redis_is_noticed_and_found_again(link: RedisLink, broken: Service) -> None:
    await link.ask("SET", link.key("kept"), "here")
    await asyncio.to_thread(broken.kill)
    await eventually(lambda: link.why_away is not None)
    assert await cost_ms(lambda: link.ask("GET", link.key("kept"))) < CPU_MS_MAX
    await asyncio.to_thread(broken.start)
    await eventually(lambda: link.why_away is None)
    assert await link.ask("GET", link.key("kept")) == b"here"


async def test_a_redis_that_stands_still_is_waited_for_once(
    link: RedisLink, broken: Service
) -> None:
    await asyncio.to_thread(broken.pause)
    # All of them wait together: one after the other they would need twice as long.
    async with asyncio.timeout(QUICK.answer_s * 50):
        answers = await asyncio.gather(
            *(link.ask("PING") for _ in range(100)), return_exceptions=True
        )
    assert {type(one) for one in answers} == {RedisAway}
    assert link.why_away is not None
    assert await cost_ms(lambda: link.ask("PING")) < CPU_MS_MAX
    broken.resume()
    await eventually(lambda: link.why_away is None)
    assert await link.ask("PING") == b"PONG"


async def test_nobody_is_let_in_with_a_wrong_password(broken: Service, space: str) -> None:
    wrong = broken.url.replace(broken.server.place.secret, "guess")
    async with link_to(wrong, space=space) as link:
        assert link.why_away is not None
        assert "guess" not in link.why_away
        assert broken.server.place.secret not in link.why_away
        with pytest.raises(RedisAway):
            await link.ask("PING")


async def test_a_script_that_redis_forgot_is_sent_again(link: RedisLink) -> None:
    for _ in range(2):
        assert await link.run(DOUBLE, keys=[], args=[21]) == 42
        await link.ask("SCRIPT", "FLUSH")
    assert await link.run(DOUBLE, keys=[], args=[4]) == 8
    assert await link.ask("SCRIPT", "EXISTS", DOUBLE.sha) == [1]


async def test_an_error_of_redis_says_nothing_of_its_health(link: RedisLink) -> None:
    await link.ask("SET", link.key("text"), "x")
    with pytest.raises(RedisAway, match="WRONGTYPE"):
        await link.ask("LPUSH", link.key("text"), "y")
    assert link.why_away is None


async def test_more_questions_than_connections_take_their_turn(broken: Service, space: str) -> None:
    limits = RedisLimits(answer_s=5.0, connections_max=4)
    async with link_to(broken.url, space=space, limits=limits) as link:
        answers = await asyncio.gather(*(link.ask("ECHO", number) for number in range(200)))
        assert answers == [str(number).encode() for number in range(200)]
        clients = (await link.ask("CLIENT", "LIST")).decode().splitlines()
        assert len([one for one in clients if "cmd=echo" in one]) <= 4


async def test_a_question_that_was_given_up_does_not_answer_the_next(
    proxied_url: str, proxy: FaultProxy, space: str
) -> None:
    async with link_to(proxied_url, space=space, limits=QUICK, watched=True) as link:
        proxy.latency_s = 0.4
        with pytest.raises(RedisAway):
            await link.ask("ECHO", "late")
        proxy.latency_s = 0.0
        await eventually(lambda: link.why_away is None)
        answers = await asyncio.gather(*(link.ask("ECHO", number) for number in range(20)))
        assert answers == [str(number).encode() for number in range(20)]


@pytest.mark.parametrize("fault", ["cut", "cut_after", "drop_after", "blackhole", "refuse"])
async def test_after_any_fault_of_the_network_it_is_used_again(
    proxied_url: str, proxy: FaultProxy, space: str, fault: str
) -> None:
    async with link_to(proxied_url, space=space, limits=QUICK, watched=True) as link:
        match fault:
            case "cut":
                proxy.cut()
            case "cut_after":
                proxy.cut_after(3, way=Way.REPLIES)
            case "drop_after":
                proxy.drop_after(3, way=Way.REQUESTS)
            case "blackhole":
                proxy.blackhole()
            case _:
                await proxy.refuse()
                proxy.cut()
        async with asyncio.timeout(WITHIN_S):
            answers = await asyncio.gather(
                *(link.ask("PING") for _ in range(20)), return_exceptions=True
            )
        assert {one for one in answers if not isinstance(one, RedisAway)} <= {b"PONG"}
        await proxy.heal()
        await eventually(lambda: link.why_away is None)
        assert await link.ask("PING") == b"PONG"
