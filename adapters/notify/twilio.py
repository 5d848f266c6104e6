"""Send text messages in Twilio's wire.

https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource has the
request (form fields To, From or MessagingServiceSid, Body; basic authentication) and the reply
(201 with `sid` and `status`); https://www.twilio.com/docs/usage/twilios-response the error's
`code`, `message`, `more_info` and `status`; https://www.twilio.com/docs/errors/20429 that a
request answered 429 was not processed.
"""

import json
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import httpx

from adapters.notify.posting import Reply, post
from adapters.notify.replies import no_answer, retry_after, said, worth_repeating
from domain.notifications.message import Message
from domain.notifications.texts import one_line
from domain.shared.values import InvalidValue
from ports.notifications import NotSent, Sent
from ports.time import Clock

TWILIO = "https://api.twilio.com"
# Twilio takes 1,600 characters and bills each 153 of them: nobody reads more than this there.
BODY_CHARS_MAX = 480
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
# A no to who we are: it says nothing of the message.
_OURS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
_FAILED = ("failed", "undelivered", "canceled")


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioAccount:
    """Who sends: the account, its token, and the number or messaging service."""

    sid: str
    token: str = field(repr=False)
    sender: str
    url: str = TWILIO


class TwilioSender:
    """Text messages through Twilio, or whoever speaks its wire."""

    def __init__(self, account: TwilioAccount, *, clock: Clock, timeout_s: float) -> None:
        self._account = account
        self._clock = clock
        self._timeout_s = timeout_s

    def check(self, address: str) -> None:
        """Raise InvalidValue for what is no telephone number with its country."""
        if not _E164.fullmatch(address):
            problem = "must be a telephone number with its country, such as +15558675310"
            raise InvalidValue(field="address", problem=problem)

    async def send(self, message: Message, *, address: str) -> Sent | NotSent:
        """Send a text; Twilio knows no repetition, so a lost answer may mean a second one."""
        try:
            self.check(address)
        except InvalidValue as problem:
            return NotSent(reason=str(problem), again=False)
        account = self._account
        whose = "MessagingServiceSid" if _SERVICE.fullmatch(account.sender) else "From"
        form = {"To": address, whose: account.sender, "Body": short_of(message)}
        try:
            reply = await post(
                httpx.URL(f"{account.url}/2010-04-01/Accounts/{account.sid}/Messages.json"),
                urlencode(form).encode(),
                fields={"Content-Type": "application/x-www-form-urlencoded"},
                auth=(account.sid, account.token),
                timeout_s=self._timeout_s,
            )
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as problem:
            return no_answer(problem)
        return self._outcome(reply)

    def _outcome(self, reply: Reply) -> Sent | NotSent:
        told = _object(reply.body)
        if 200 <= reply.status < 300:
            if told.get("status") in _FAILED:
                reason = f"Twilio took the text and {told['status']}: {self._words(told)}"
                return NotSent(reason=reason, again=False)
            return Sent(reference=self._said(str(told.get("sid", ""))))
        return NotSent(
            reason=f"Twilio answered with status {reply.status}: {self._words(told)}",
            again=worth_repeating(reply.status) or reply.status in _OURS,
            after_s=retry_after(reply.fields.get("Retry-After"), now=self._clock.now()),
        )

    def _words(self, told: dict[str, Any]) -> str:
        code = told.get("code") or told.get("error_code") or "no code"
        words = told.get("message") or told.get("error_message") or "no reason"
        more = told.get("more_info")
        return self._said(f"{code}, {words}" + (f" ({more})" if more else ""))

    def _said(self, text: str) -> str:
        return said(text, hiding=(self._account.token,))


def short_of(message: Message) -> str:
    """Return a message as one text, its link whole at the end."""
    link = f"\n{message.link}" if message.link else ""
    words = one_line(f"{message.subject}. {message.text}", chars_max=BODY_CHARS_MAX * 4)
    room = max(BODY_CHARS_MAX - len(link), 0)
    # Three dots: the one character for them would halve what fits into a text.
    return (words if len(words) <= room else f"{words[: max(room - 3, 0)]}...") + link


def _object(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
