"""Hand one admitted command to what carries it out, and take back what came of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from adapters.kafka.envelope import Envelope
from adapters.kafka.payloads import account_of
from adapters.kafka.replies import Answer, settled
from application.orders.commands import Asker
from domain.accounts.book_change import Reply
from domain.audit.origin import Origin
from ports.inbox import CommandAnswer, OtherContent, reply_key


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The answer is stored already, with the effect; repeated: by an earlier run."""

    answer: CommandAnswer
    repeated: bool = False


# An Answer is not stored yet: whoever called stores it in the inbox.
Came = Answer | StoredAnswer | OtherContent


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A command, who asks, and what its answer is stored under."""

    envelope: Envelope
    content_hash: bytes
    # When it was first begun, for types whose effect and answer are stored apart.
    begun_at: datetime
    # The person whose key signed it, if it is some person's.
    user_id: UUID | None = None
    # The accounts that it means where it names none; None is all of the tenant.
    among: frozenset[UUID] | None = None

    @property
    def asker(self) -> Asker:
        """Who asks; the signature has shown it."""
        envelope = self.envelope
        signature = envelope.signature
        return Asker(
            tenant_id=envelope.tenant,
            actor=envelope.actor,
            trace_id=f"cmd:{envelope.id}",
            user_id=self.user_id,
            key_id=signature.key_id if signature is not None else "",
        )

    @property
    def origin(self) -> Origin:
        """Where it came from: the log, under a key, which is all that is known."""
        signature = self.envelope.signature
        return Origin(user_agent=f"kafka/{signature.key_id}" if signature is not None else "kafka")

    @property
    def account_id(self) -> UUID:
        """The account; raises InvalidValue where the command names none."""
        return account_of(self.envelope.account)

    def render(self, answer: Answer) -> tuple[int, bytes]:
        """Return an answer as it is stored with an effect."""
        kept = settled(answer)
        return kept.status, kept.body

    def reply(self, answer: Answer) -> Reply:
        """Return the record that stores an answer with an effect."""
        status, body = self.render(answer)
        return Reply(
            key=reply_key(self.envelope.id),
            request_hash=self.content_hash,
            status=status,
            body=body,
        )
