"""What is asked of a model on the wire, and which of its answers count as a reply."""

import asyncio

import pytest

from adapters.advice.chat import ChatAddress, ChatAdviser
from adapters.memory.adviser import MemoryAdviser
from domain.risk.advice import SCHEMA, SYSTEM, Prompt
from ports.adviser import Adviser, AdviserUnavailable
from tests.fakes.models import KEY, PATH, Fault, ModelServer

PROMPT = Prompt('{"rating":"SAFE"}')
REPLY = '{"rating":"SAFE","explanation":"All parts are small."}'
FAULTS = [fault for fault in Fault if fault is not Fault.LATE]


def adviser_at(server: ModelServer, *, timeout_s: float = 5.0) -> ChatAdviser:
    """Return an adviser that asks the server's models."""
    address = ChatAddress(url=server.url, models=tuple(server.answers), key=KEY)
    return ChatAdviser(address, timeout_s=timeout_s)


async def test_the_wire_is_that_of_chat_completions_with_a_strict_schema() -> None:
    async with ModelServer({"model-1": REPLY}) as server:
        assert await adviser_at(server).ask(PROMPT, model="model-1") == REPLY
    assert server.heads[0].startswith(f"POST {PATH} HTTP/1.1\r\n")
    assert f"authorization: bearer {KEY}".lower() in server.heads[0].lower()
    assert server.asked == [
        {
            "model": "model-1",
            "messages": [
                {"role": "system", "content": SYSTEM},
                {"role": "user", "content": PROMPT.figures},
            ],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "advice", "strict": True, "schema": dict(SCHEMA)},
            },
            "max_completion_tokens": 1024,
        }
    ]
    # Strict mode takes a schema only so.
    assert SCHEMA["required"] == ["rating", "explanation"]
    assert SCHEMA["additionalProperties"] is False


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_is_no_whole_reply_is_none_and_repeats_no_secret(fault: Fault) -> None:
    async with ModelServer({"model-1": fault}) as server:
        with pytest.raises(AdviserUnavailable) as raised:
            await adviser_at(server).ask(PROMPT, model="model-1")
    assert KEY not in str(raised.value)
    assert server.url not in str(raised.value)


async def test_a_late_model_is_given_up_by_itself_and_by_who_waits() -> None:
    async with ModelServer({"model-1": Fault.LATE}) as server:
        with pytest.raises(AdviserUnavailable):
            await adviser_at(server, timeout_s=0.05).ask(PROMPT, model="model-1")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await adviser_at(server).ask(PROMPT, model="model-1")


async def test_nobody_there_is_unavailable() -> None:
    async with ModelServer({"model-1": REPLY}) as server:
        adviser = adviser_at(server)
    with pytest.raises(AdviserUnavailable):
        await adviser.ask(PROMPT, model="model-1")
    assert KEY not in repr(adviser)


async def test_every_adviser_answers_by_model_and_says_when_it_cannot() -> None:
    async with ModelServer({"model-1": REPLY, "model-2": Fault.BROKEN}) as server:
        advisers: list[Adviser] = [
            adviser_at(server),
            MemoryAdviser({"model-1": REPLY, "model-2": None}),
        ]
        for adviser in advisers:
            assert adviser.models == ("model-1", "model-2")
            assert await adviser.ask(PROMPT, model="model-1") == REPLY
            with pytest.raises(AdviserUnavailable):
                await adviser.ask(PROMPT, model="model-2")
