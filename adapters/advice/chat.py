"""Ask models over an OpenAI-compatible `/chat/completions`.

The wire is that of OpenAI's API reference (Chat Completions, Structured Outputs), which vLLM,
Ollama, OpenRouter, Mistral and Azure answer to as well: `response_format` of type `json_schema`
with a name, `strict` and a schema; the reply's text in `choices[0].message.content`, `refusal`
where the model would not, `finish_reason` `stop` for a whole reply and `length` for a cut one.
"""

import json
import ssl
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx

from domain.risk.advice import SCHEMA, SYSTEM, Prompt
from ports.adviser import AdviserUnavailable

# A reply of the length asked for is a tenth of this.
ANSWER_BYTES_MAX = 64 * 1024
COMPLETION_TOKENS_MAX = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatAddress:
    """Where the models are asked: the base of the API, such as https://api.openai.com/v1."""

    url: str
    models: tuple[str, ...]
    key: str | None = field(default=None, repr=False)


@cache
def _trusted() -> ssl.SSLContext:
    # Read once: it holds the event loop up for twenty milliseconds.
    return httpx.create_ssl_context(trust_env=False)


class ChatAdviser:
    """Models behind one address; each question has a connection of its own: there are few a day."""

    def __init__(self, address: ChatAddress, *, timeout_s: float) -> None:
        self._address = address
        self._timeout_s = timeout_s

    def __repr__(self) -> str:
        return f"ChatAdviser({self._address.url})"

    @property
    def models(self) -> tuple[str, ...]:
        """Their names, the one to ask first in front."""
        return self._address.models

    async def ask(self, prompt: Prompt, *, model: str) -> str:
        """Return the text of the model's whole reply; raises AdviserUnavailable."""
        try:
            async with self._client() as http:
                body = _body(prompt, model=model)
                async with http.stream("POST", "chat/completions", json=body) as reply:
                    if reply.status_code != httpx.codes.OK:
                        raise AdviserUnavailable(f"answered with status {reply.status_code}")
                    content = await _limited(reply)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as problem:
            # Its text may hold the address, with whatever somebody wrote into it.
            raise AdviserUnavailable(f"does not answer: {type(problem).__name__}") from None
        return _text(content)

    def _client(self) -> httpx.AsyncClient:
        key = self._address.key
        return httpx.AsyncClient(
            base_url=self._address.url,
            headers={"Authorization": f"Bearer {key}"} if key is not None else {},
            timeout=self._timeout_s,
            verify=_trusted(),
            follow_redirects=False,
            # A proxy of the environment would see the key.
            trust_env=False,
        )


def _body(prompt: Prompt, *, model: str) -> dict[str, Any]:
    return {
        "model": model,
        "messages": [
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": prompt.figures},
        ],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "advice", "strict": True, "schema": SCHEMA},
        },
        "max_completion_tokens": COMPLETION_TOKENS_MAX,
    }


async def _limited(reply: httpx.Response) -> bytes:
    content = bytearray()
    async for part in reply.aiter_bytes():
        content += part
        if len(content) > ANSWER_BYTES_MAX:
            raise AdviserUnavailable("the answer is too long")
    return bytes(content)


def _text(content: bytes) -> str:
    """Take the reply out of its envelope."""
    try:
        choice = json.loads(content)["choices"][0]
        message, finished = choice["message"], choice["finish_reason"]
        text, refusal = message["content"], message.get("refusal")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        raise AdviserUnavailable("the answer cannot be read") from None
    if refusal:
        raise AdviserUnavailable("the model refuses")
    if finished != "stop":
        raise AdviserUnavailable("the reply is not whole")
    if not isinstance(text, str):
        raise AdviserUnavailable("the answer holds no text")
    return text
