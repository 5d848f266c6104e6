"""Receive webhooks on loopback as docs/webhooks.md says that they are received.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
"""

import json
from dataclasses import dataclass

from tests.fakes.provider import Fault
from tests.fakes.web import HOST, Answer, Posted, WebProvider

SECRET = "whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5"


@dataclass(slots=True)
class WebhookReceiver(WebProvider):
    """Takes what it is sent; whether that is signed rightly is looked at by the tests."""

    @property
    def address(self) -> str:
        """The web address with the secret."""
        return f"http://{HOST}:{self.port}/hooks/ballast#{SECRET}"

    def take(self, posted: Posted) -> Answer:
        """Take a notification."""
        told = json.loads(posted.body)["data"]
        self.taken.append(f"{told['subject']}\n{told['text']}")
        return Answer(status=204)

    def refuse(self, fault: Fault) -> Answer:
        """Say no, for now or for good."""
        if fault is Fault.BUSY:
            return Answer(status=503, fields=(("Retry-After", "7"),))
        return Answer(status=410, body=SECRET.encode())
