"""A person's way through what they are told, over HTTP and by commands."""

import pytest
from typer.testing import CliRunner

from adapters.cli import notify
from adapters.cli.failures import CommandFailed
from application.notifications.context import NotifyContext
from bootstrap.areas import notifications
from bootstrap.cli import app
from domain.notifications.message import Channel
from tests.notification_things import NOTIFICATION, add_thing
from tests.scripted_sender import NEVER, ScriptedSender
from tests.unit.adapters.http.context import Context, open_context

PATH = "/api/v1/notifications"
WISH = {"type": "order_filled", "channel": "EMAIL", "digest": "daily", "zone": "Asia/Kolkata"}


def notify_of(context: Context) -> NotifyContext:
    """Return what the area works with."""
    return context.parts.of(notifications.build).use_cases.inbox.context


def sender_of(context: Context) -> ScriptedSender:
    """Return the provider of mail."""
    sender = notify_of(context).senders[Channel.EMAIL]
    assert isinstance(sender, ScriptedSender)
    return sender


async def told(context: Context) -> str:
    """Keep a notification of the owner, and return its id."""
    owner = context.founded.owner
    made = await add_thing(
        notify_of(context), NOTIFICATION, tenant_id=owner.tenant_id, user_id=owner.id
    )
    return str(made)


async def test_notifications_are_listed_read_taken_in_hand_and_cleared() -> None:
    async with open_context() as context, context.client() as client:
        first, second = await told(context), await told(context)
        listed = (await client.get(PATH, params={"limit": 1})).json()
        assert [one["id"] for one in listed["items"]] == [second]
        rest = await client.get(PATH, params={"cursor": listed["next_cursor"]})
        assert [one["id"] for one in rest.json()["items"]] == [first]
        assert (await client.put(f"{PATH}/{first}/read")).json()["read_at"]
        unread = (await client.get(PATH, params={"unread": "true"})).json()["items"]
        assert [one["id"] for one in unread] == [second]
        taken = await client.post(f"{PATH}/{second}/acknowledge", json={})
        assert taken.json()["acknowledged_at"] == taken.json()["read_at"]
        stats = (await client.get(f"{PATH}/stats")).json()
        assert (stats["total"], stats["unread"], stats["by_type"]["system_alert"]) == (2, 0, 2)
        assert stats["by_priority"]["HIGH"] == 2
        assert (await client.delete(f"{PATH}/{first}")).status_code == 204
        assert (await client.get(f"{PATH}/{first}")).status_code == 404
        assert (await client.delete(f"{PATH}/clear-all")).json() == {"changed": 1}
        assert (await client.put(f"{PATH}/mark-all-read")).json() == {"changed": 0}
        # A choice that is "null" is no choice left out.
        assert (await client.get(PATH, params={"type": "null"})).status_code == 400
        other = (await client.get(PATH, params={"type": "nonsense"})).status_code
        assert other == 400


async def test_preferences_are_kept_one_a_type_and_channel() -> None:
    async with open_context() as context, context.client() as client:
        made = (await client.post(f"{PATH}/preferences", json=WISH)).json()
        assert (made["digest"], made["zone"], made["version"]) == ("daily", "Asia/Kolkata", 1)
        again = await client.post(f"{PATH}/preferences", json=WISH)
        assert again.json()["type"] == "/problems/preference-there"
        one = f"{PATH}/preferences/{made['id']}"
        changed = await client.put(one, json={**WISH, "digest": "hourly"})
        assert changed.headers["etag"] == '"2"'
        stale = await client.put(one, json=WISH, headers={"If-Match": '"1"'})
        assert stale.status_code == 412
        wrong = await client.put(one, json={**WISH, "zone": "Mars/Olympus"})
        assert wrong.status_code == 400
        assert "Europe/Berlin" in wrong.text
        assert (await client.delete(one)).status_code == 204
        defaults = (await client.post(f"{PATH}/preferences/set-defaults", json={})).json()
        assert {one["channel"] for one in defaults["items"]} == {"IN_APP", "WEBSOCKET", "EMAIL"}
        assert (await client.get(f"{PATH}/preferences")).json() == defaults


async def test_an_address_is_confirmed_by_its_code_and_tried() -> None:
    async with open_context() as context, context.client() as client:
        where = {"channel": "EMAIL", "address": "ann@example.com"}
        asked = (await client.put(f"{PATH}/channels", json=where)).json()
        assert (asked["address"], asked["pending"], asked["sent"]) == ("", "a***@example.com", True)
        trial = f"{PATH}/channels/{asked['id']}/test"
        early = await client.post(trial, json={})
        assert early.json()["type"] == "/problems/channel-unavailable"
        code = sender_of(context).subjects[-1].rpartition(" ")[2]
        wrong = {"channel": "EMAIL", "code": "WRONG"}
        assert (await client.put(f"{PATH}/channels", json=wrong)).status_code == 400
        right = {"channel": "EMAIL", "code": code}
        assert (await client.put(f"{PATH}/channels", json=right)).json()["confirmed_at"]
        sender_of(context).answers.append(NEVER)
        tried = (await client.post(trial, json={})).json()
        assert tried == {"sent": False, "answer": "no such mailbox"}
        assert (await client.post(trial, json={})).json() == {"sent": True, "answer": "taken"}
        both = {**where, "code": code}
        assert (await client.put(f"{PATH}/channels", json=both)).status_code == 400
        none = {"channel": "SMS", "address": "+15551234567"}
        absent = await client.put(f"{PATH}/channels", json=none)
        assert absent.json()["type"] == "/problems/channel-unavailable"
        listed = (await client.get(f"{PATH}/channels")).json()
        assert listed["available"] == ["EMAIL", "PUSH"]
        assert "ann@example.com" not in (await client.get(f"{PATH}/channels")).text
        gone = await client.delete(f"{PATH}/channels", params={"channel": "EMAIL"})
        assert gone.status_code == 204
        assert (await client.get(f"{PATH}/channels")).json()["items"] == []


class Answers:
    """A server that answers as it is told, and keeps what it was asked."""

    def __init__(self, **answers: object) -> None:
        self.answers = answers
        self.asked: list[tuple[str, str]] = []

    def get(self, path: str, **_: object) -> object:
        """Answer a GET."""
        return self.ask("GET", path)

    def post(self, path: str, body: object = None) -> object:
        """Answer a POST."""
        del body
        return self.ask("POST", path)

    def ask(self, method: str, path: str, **_: object) -> object:
        """Answer anything."""
        self.asked.append((method, path))
        return self.answers[method]


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({"sent": True, "answer": "250 2.0.0 queued as 7F"}, "answered: 250 2.0.0 queued as 7F"),
        ({"sent": False, "answer": "550 no such mailbox"}, "not sent: 550 no such mailbox"),
    ],
)
def test_a_command_tries_a_channel_and_says_what_was_answered(
    monkeypatch: pytest.MonkeyPatch, said: dict[str, object], wanted: str
) -> None:
    server = Answers(GET={"items": [{"channel": "EMAIL", "id": "7"}]}, POST=said)
    monkeypatch.setattr(notify, "connect", lambda: server)
    done = CliRunner().invoke(app, ["notify", "test", "--channel", "email"])
    assert wanted in (done.stdout if said["sent"] else str(done.exception or done.output))
    assert server.asked[-1] == ("POST", "/notifications/channels/7/test")


def test_a_command_says_how_to_give_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "connect", lambda: Answers(GET={"items": []}))
    with pytest.raises(CommandFailed, match="ballast notify channels --channel sms"):
        notify.try_channel("sms")


def test_the_routes_are_those_that_were_promised() -> None:
    promised = """
        GET ; GET /stats; GET /{notification_id}; PUT /{notification_id}/read; PUT /mark-all-read;
        DELETE /{notification_id}; DELETE /clear-all; POST /{notification_id}/acknowledge;
        GET /preferences; POST /preferences; GET /preferences/{preference_id};
        PUT /preferences/{preference_id}; DELETE /preferences/{preference_id};
        POST /preferences/set-defaults; GET /channels; PUT /channels; DELETE /channels;
        POST /channels/{channel_id}/test
    """
    named = [one.split() for one in promised.split(";")]
    assert set(notifications.AREA.cases) == {
        " ".join((one[0], PATH)) + "".join(one[1:]) for one in named
    }
