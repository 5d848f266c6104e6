"""Speak Twilio's Messages resource on loopback.

https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource: POST of form
fields To, Body and From or MessagingServiceSid under basic authentication, answered 201 with the
message's `sid`, `status` and the other properties. https://www.twilio.com/docs/usage/twilios-response:
an error has `code`, `message`, `more_info` and `status`. https://www.twilio.com/docs/errors/20003,
/21211, /21617 and /20429: not us, no such number, too long, too many (429, not processed).
"""

import base64
import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from tests.fakes.provider import Fault
from tests.fakes.web import HOST, Answer, Posted, WebProvider

SID = "AC" + "0123456789abcdef" * 2
TOKEN = "twilio-canary-5f3a"
SENDER = "+15557122661"
BODY_CHARS_MAX = 1_600


@dataclass(slots=True)
class TwilioServer(WebProvider):
    """An account with one number."""

    messages: list[dict[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The base of the API."""
        return f"http://{HOST}:{self.port}"

    def take(self, posted: Posted) -> Answer:
        """Create a message."""
        known = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
        if posted.fields.get("authorization") != f"Basic {known}":
            return _error(401, 20003, "Authenticate")
        if (posted.method, posted.path) != ("POST", f"/2010-04-01/Accounts/{SID}/Messages.json"):
            return _error(404, 20404, f"The requested resource {posted.path} was not found")
        form = {name: values[0] for name, values in parse_qs(posted.body.decode()).items()}
        if not form.get("To", "").startswith("+"):
            return _error(400, 21211, f"Invalid 'To' Phone Number: {form.get('To')}")
        if not (form.get("From") or form.get("MessagingServiceSid")):
            return _error(400, 21603, "A 'From' phone number is required.")
        if not 0 < len(form.get("Body", "")) <= BODY_CHARS_MAX:
            return _error(400, 21617, "The concatenated message body exceeds the 1600 limit.")
        self.messages.append(form)
        self.taken.append(form["Body"])
        return Answer(status=201, body=_message(form, number=len(self.messages)))

    def refuse(self, fault: Fault) -> Answer:
        """Say no, for now or for good."""
        if fault is Fault.BUSY:
            return _error(429, 20429, "Too Many Requests", after="7")
        return _error(400, 21610, f"Attempt to send to unsubscribed recipient {TOKEN}")


def _message(form: dict[str, str], *, number: int) -> bytes:
    sid = f"SM{number:032x}"
    return json.dumps(
        {
            "account_sid": SID,
            "api_version": "2010-04-01",
            "body": form["Body"],
            "date_created": "Thu, 24 Aug 2023 05:01:45 +0000",
            "date_sent": None,
            "date_updated": "Thu, 24 Aug 2023 05:01:45 +0000",
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": form.get("From"),
            "messaging_service_sid": form.get("MessagingServiceSid"),
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": None,
            "sid": sid,
            "status": "queued",
            "subresource_uris": {},
            "to": form["To"],
            "uri": f"/2010-04-01/Accounts/{SID}/Messages/{sid}.json",
        }
    ).encode()


def _error(status: int, code: int, message: str, *, after: str = "") -> Answer:
    more = f"https://www.twilio.com/docs/errors/{code}"
    said = {"code": code, "message": message, "more_info": more, "status": status}
    fields = (("Retry-After", after),) if after else ()
    return Answer(status=status, body=json.dumps(said).encode(), fields=fields)
