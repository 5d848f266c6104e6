"""Speak ntfy's publishing on loopback.

https://docs.ntfy.sh/publish/#publish-as-json: POST / of an object with `topic`, `message`, `title`;
the reply is the message as it was published, with `id`, `time`, `event`. A no is an object with
`code`, `http`, `error` and `link` (https://github.com/binwiederhier/ntfy/blob/main/server/errors.go:
42901 "limit reached: too many requests", 40301 "forbidden").
"""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.provider import Fault
from tests.fakes.web import HOST, Answer, Posted, WebProvider

TOPIC = "canary-topic-91c4"
TOKEN = "tk_canary77ab30d1"


@dataclass(slots=True)
class NtfyServer(WebProvider):
    """A server with one topic, whose name is a secret, and one access token."""

    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where apprise finds it."""
        return f"ntfy://{TOKEN}@{HOST}:{self.port}/{TOPIC}"

    def take(self, posted: Posted) -> Answer:
        """Publish a message."""
        if posted.fields.get("authorization") != f"Bearer {TOKEN}":
            return _error(403, 40301, "forbidden")
        told = json.loads(posted.body)
        if posted.path != "/" or told.get("topic") != TOPIC:
            return _error(404, 40401, "page not found")
        self.messages.append(told)
        self.taken.append(f"{told.get('title', '')}\n{told['message']}")
        published = {"id": "hwQ2YpKdmg", "time": 1_700_000_000, "event": "message", **told}
        return Answer(status=200, body=json.dumps(published).encode())

    def refuse(self, fault: Fault) -> Answer:
        """Say no, for now or for good."""
        if fault is Fault.BUSY:
            return _error(429, 42901, "limit reached: too many requests")
        return _error(403, 40301, f"forbidden for {TOPIC} and {TOKEN}")


def _error(status: int, code: int, error: str) -> Answer:
    link = "https://ntfy.sh/docs/publish/#limitations"
    said = {"code": code, "http": status, "error": error, "link": link}
    return Answer(status=status, body=json.dumps(said).encode())
