"""Know alert services by the secrets in what they send."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.shared.json_names import RepeatedName, load_unambiguous
from domain.shared.values import InvalidValue
from domain.signals.signal import PATTERNS, checked_name

SECRET_MIN, SECRET_MAX = 24, 512
_HOOKS_MAX = 1_000
_FIELDS = {"source", "secret", "tenant"}


class UnusableHooks(ValueError):
    """The list of hooks cannot be taken; the message repeats no secret."""


@dataclass(frozen=True, slots=True)
class _Hook:
    source: str
    tenant_id: UUID
    digest: bytes


class SecretHooks:
    """Hooks by the digests of their secrets (port Hooks)."""

    def __init__(self, hooks: Sequence[_Hook]) -> None:
        self._hooks = tuple(hooks)

    def __len__(self) -> int:
        return len(self._hooks)

    def tenant_of(self, *, source: str, secret: str) -> UUID | None:
        """Return whose hook it is: every hook is looked at, whichever it was."""
        digest = hashlib.sha256(secret.encode()).digest()
        found: UUID | None = None
        for hook in self._hooks:
            # Digests are of one length, and say nothing of the secret where they differ.
            same = hmac.compare_digest(hook.digest, digest)
            if same and hook.source == source:
                found = hook.tenant_id
        return found


def read_hooks(text: str | None) -> SecretHooks:
    """Read a JSON list of hooks; without one there are none. Raises UnusableHooks."""
    if text is None:
        return SecretHooks(())
    try:
        listed = load_unambiguous(text)
    except RepeatedName as repeated:
        raise UnusableHooks(f"signals.hooks: {repeated}") from None
    except (ValueError, RecursionError):
        raise UnusableHooks("signals.hooks must be a JSON list of hooks") from None
    if not isinstance(listed, list) or len(listed) > _HOOKS_MAX:
        raise UnusableHooks(f"signals.hooks must be a JSON list of at most {_HOOKS_MAX} hooks")
    hooks = [_hook(one, number=number) for number, one in enumerate(listed, 1)]
    known = [(one.source, one.digest) for one in hooks]
    if len(set(known)) < len(known):
        raise UnusableHooks("signals.hooks: two hooks of one source have the same secret")
    return SecretHooks(hooks)


def _hook(one: Any, *, number: int) -> _Hook:
    def wrong(problem: str) -> UnusableHooks:
        return UnusableHooks(f"signals.hooks, hook {number}: {problem}")

    if not isinstance(one, dict) or one.keys() != _FIELDS:
        raise wrong(f"must have {', '.join(sorted(_FIELDS))}")
    source, secret, tenant = one["source"], one["secret"], one["tenant"]
    try:
        checked_name(source if isinstance(source, str) else "", field="source")
    except InvalidValue as problem:
        raise wrong(str(problem)) from None
    if source == PATTERNS:
        raise wrong(f"source must not be {PATTERNS}: so the pattern engine calls its own signals")
    if not isinstance(secret, str) or not SECRET_MIN <= len(secret) <= SECRET_MAX:
        raise wrong(f"secret must be text of {SECRET_MIN} to {SECRET_MAX} characters")
    try:
        tenant_id = UUID(tenant if isinstance(tenant, str) else "")
    except ValueError:
        raise wrong("tenant must be a tenant's id") from None
    return _Hook(source, tenant_id, hashlib.sha256(secret.encode()).digest())
