"""The receiver of docs/webhooks.md, run as it is printed there, takes ours and nothing else."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.memory.time import ManualClock
from adapters.notify.destinations import Destinations
from adapters.notify.webhook import WebhookSender
from ports.notifications import Sent
from tests.contracts.notifications.contract import TIMEOUT_S, message_of
from tests.contracts.notifications.test_webhook import LOOPBACK
from tests.fakes.web import Posted
from tests.fakes.webhooks import SECRET, WebhookReceiver

PAGE = Path(__file__).parents[3] / "docs/webhooks.md"
AT = datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
NOW = AT.timestamp()
OTHER = "whsec_" + "b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3Ro"

Receive = Callable[..., int]


@pytest.fixture
def receive() -> Receive:
    """Return the page's own function, with nothing seen yet."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, str(PAGE), "exec"), names)  # the page's code is what is tested
    return names["receive"]  # type: ignore[no-any-return]  # as the page says


@pytest.fixture
async def posted() -> Posted:
    """Return what a receiver gets from us."""
    sender = WebhookSender(
        Destinations(private=LOOPBACK), clock=ManualClock(AT), timeout_s=TIMEOUT_S
    )
    async with WebhookReceiver() as server:
        assert isinstance(await sender.send(message_of(), address=server.address), Sent)
        return server.posted[0]


async def test_what_we_send_is_taken_once(receive: Receive, posted: Posted) -> None:
    assert receive(SECRET, posted.fields, posted.body, NOW + 5) == 204
    # A second attempt, after our first answer was lost: a yes, and nothing done.
    assert receive(SECRET, posted.fields, posted.body, NOW + 60) == 200


@pytest.mark.parametrize("later", [-301, 301, 86_400])
async def test_a_replay_is_rejected(receive: Receive, posted: Posted, later: int) -> None:
    assert receive(SECRET, posted.fields, posted.body, NOW + later) == 401


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("instead", ["", "1", "v1,", "v1,AAAA", str(int(NOW) + 1), "\xe4"])
async def test_a_field_that_was_changed_or_left_out_is_rejected(
    receive: Receive, posted: Posted, name: str, instead: str
) -> None:
    assert receive(SECRET, posted.fields | {name: instead}, posted.body, NOW) == 401
    without = {key: value for key, value in posted.fields.items() if key != name}
    assert receive(SECRET, without, posted.body, NOW) == 401


async def test_a_body_that_was_changed_anywhere_is_rejected(
    receive: Receive, posted: Posted
) -> None:
    for place in range(len(posted.body)):
        changed = bytearray(posted.body)
        changed[place] ^= 1
        assert receive(SECRET, posted.fields, bytes(changed), NOW) == 401
    assert receive(SECRET, posted.fields, posted.body + b" ", NOW) == 401


async def test_another_secret_is_rejected_and_one_of_several_signatures_is_enough(
    receive: Receive, posted: Posted
) -> None:
    assert receive(OTHER, posted.fields, posted.body, NOW) == 401
    several = f"v1a,b3RoZXI= v1,AAAA {posted.fields['webhook-signature']}"
    assert receive(SECRET, posted.fields | {"webhook-signature": several}, posted.body, NOW) == 204
