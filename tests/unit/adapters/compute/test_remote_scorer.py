"""Texts scored elsewhere: a tone of each text, or none at all and why."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from adapters.compute.remote.scorer import TEXTS_MAX, RemoteScorer
from adapters.compute.remote.server import RemoteServer
from adapters.memory.time import ManualClock
from domain.sentiment.lexicon import Tone
from domain.shared.breaker import FAILURES_MAX, Breaker
from ports.sentiment import ScorerUnavailable
from tests import builders

TONE = {
    "label": "negative",
    "score": -0.5,
    "positive": 0.25,
    "negative": 0.75,
    "neutral": 0.0,
    "scorer": "tone",
    "scorer_version": "sha256:ab",
    "truncated": True,
}
Answer = Callable[[list[str]], tuple[int, Any]]


@asynccontextmanager
async def scoring(answer: Answer, asked: list[int]) -> AsyncIterator[RemoteScorer]:
    """Serve answers to texts on loopback, and give who asks for them."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].partition("\r")[0])
        texts = json.loads(await reader.readexactly(length))["texts"]
        asked.append(len(texts))
        status, said = answer(texts)
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        writer.write(f"HTTP/1.1 {status} Said\r\ncontent-length: {len(body)}\r\n".encode())
        writer.write(b"connection: close\r\n\r\n" + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    remote = RemoteServer(
        url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}",
        token=lambda: None,
        clock=ManualClock(builders.AT),
        breaker=Breaker(),
    )
    scorer = RemoteScorer(remote)
    try:
        yield scorer
    finally:
        await scorer.stop()
        server.close()


async def test_every_text_gets_its_tone_in_calls_of_a_few() -> None:
    asked: list[int] = []

    def answer(texts: list[str]) -> tuple[int, Any]:
        return 200, {"items": [{**TONE, "truncated": one == "7"} for one in texts]}

    async with scoring(answer, asked) as scorer:
        texts = [str(number) for number in range(2 * TEXTS_MAX + 1)]
        found = await scorer.score(texts)
        assert asked == [TEXTS_MAX, TEXTS_MAX, 1]
        assert [place for place, one in enumerate(found) if one.truncated] == [7]
        assert {(one.tone, one.score) for one in found} == {(Tone.NEGATIVE, -0.5)}
        assert (scorer.name, scorer.version) == ("tone", "sha256:ab")


@pytest.mark.parametrize(
    "answer",
    [
        (500, {"title": "broken"}),
        (409, {"title": "Texts not scored"}),
        (200, b"<html>"),
        (200, {"items": []}),
        (200, {"items": [TONE, TONE]}),
        (200, {"items": [{**TONE, "positive": 0.5}]}),
        (200, {"items": [{**TONE, "positive": -0.25, "neutral": 0.5}]}),
        (200, {"items": [{**TONE, "label": "jubilant"}]}),
        (200, {"items": [{**TONE, "negative": None}]}),
    ],
)
async def test_what_is_no_tone_of_each_text_scores_nothing(answer: tuple[int, Any]) -> None:
    asked: list[int] = []
    async with scoring(lambda _: answer, asked) as scorer:
        for _ in range(FAILURES_MAX + 2):
            with pytest.raises(ScorerUnavailable, match=r"sentiment\.remote"):
                await scorer.score(["Profit rose."])
        # Whoever says why it will not is asked again; one that fails is left alone.
        says_why = answer[0] == 409
        assert len(asked) == (FAILURES_MAX + 2 if says_why else FAILURES_MAX)
