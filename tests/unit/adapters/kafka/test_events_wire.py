"""An event on Kafka looks as docs/events.md says, and is read back as it was."""

import json
import re
from dataclasses import replace
from typing import Any
from uuid import UUID

import jsonschema_rs
import pytest

from adapters.kafka.events_wire import (
    AREAS,
    TOPICS,
    UnknownEvent,
    body_of,
    headers_of,
    key_of,
    notice_of,
    topic_of,
)
from application.streams.channels import StreamChannel
from domain.accounts.book import Channel
from domain.shared.notices import Notice
from tests import builders
from tests.unit.sources import ROOT

TENANT = UUID("01900000-0000-7000-8000-000000000001")
ACCOUNT = UUID("01900000-0000-7000-8000-000000000002")


def _notice(**changes: Any) -> Notice:
    body = {"reason": 'a "word" \u20ac', "quantity": "10"}
    told = builders.notice(tenant_id=TENANT, sequence=3, body=body)
    return replace(told, **{"account_id": ACCOUNT, "channel": "orders", **changes})


def _schema() -> dict[str, Any]:
    text = (ROOT / "docs" / "events.md").read_text()
    found = re.search(r"```json\n(\{\n  \"\$schema\".*?)```", text, re.DOTALL)
    assert found
    schema: dict[str, Any] = json.loads(found[1])
    return schema


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"account_id": None, "channel": "kill_switch"},
        {"account_id": None, "channel": f"notices:{ACCOUNT}"},
        {"market_at": None},
    ],
    ids=["order", "kill_switch", "notice", "timeless"],
)
def test_a_body_fits_the_documented_schema_and_comes_back_whole(changes: dict[str, Any]) -> None:
    notice = _notice(**changes)
    body = body_of(notice)
    jsonschema_rs.validate(_schema(), json.loads(body))
    assert notice_of(body) == notice


def test_every_channel_has_an_area_and_every_topic_is_documented() -> None:
    assert {*Channel, *StreamChannel} == {*AREAS}
    documented = (ROOT / "docs" / "events.md").read_text()
    assert [topic for topic in TOPICS if f"`{topic}`" not in documented] == []


def test_the_account_keeps_the_order_and_else_the_tenant() -> None:
    assert key_of(_notice()) == str(ACCOUNT).encode()
    assert key_of(_notice(account_id=None)) == str(TENANT).encode()
    assert topic_of(_notice()) == "ballast.events.orders.v1"
    assert dict(headers_of(_notice()))["event-version"] == b"1"
    own = _notice(account_id=None, channel=f"notices:{ACCOUNT}")
    assert (topic_of(own), key_of(own)) == ("ballast.events.identity.v1", str(TENANT).encode())


def test_fields_of_a_later_time_are_ignored_and_what_is_none_is_refused() -> None:
    notice = _notice()
    more = json.loads(body_of(notice)) | {"later": {"a": 1}}
    assert notice_of(json.dumps(more).encode()) == notice
    for body in (b"", b"{}", b"\xff", b'{"id": 1}'):
        with pytest.raises(UnknownEvent):
            notice_of(body)
    naive = json.loads(body_of(_notice())) | {"at": "2026-01-02T15:04:05"}
    with pytest.raises(UnknownEvent):
        notice_of(json.dumps(naive).encode())


def test_an_event_of_no_known_area_is_refused() -> None:
    with pytest.raises(UnknownEvent):
        topic_of(_notice(channel="elsewhere"))
