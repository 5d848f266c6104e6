"""Build the access tokens, over the key that is set or the one in the data folder."""

from datetime import timedelta
from pathlib import Path

from adapters.security.key_ring import FolderKeys, GivenKeys, KeySource, older_keys
from adapters.security.keys import key_from_pem
from adapters.security.part_tokens import PartTokens
from adapters.security.statements import SignedStatements
from adapters.security.tokens import Rs256Tokens
from bootstrap.settings.identity import TokenSettings
from bootstrap.settings.sections import Settings
from bootstrap.system import System

KEY_FILE = Path("keys/access-token.pem")


def build_tokens(settings: Settings, system: System) -> Rs256Tokens:
    """Build the access tokens over the key that is set, or the one in the data folder."""
    return Rs256Tokens(
        keys=_keys(settings.token, settings.data_dir),
        clock=system.clock,
        ids=system.ids,
        ttl=timedelta(seconds=settings.token.access_s),
    )


def build_statements(settings: Settings, system: System) -> SignedStatements:
    """Build what signs what this installation says, over the same key."""
    return SignedStatements(keys=_keys(settings.token, settings.data_dir), clock=system.clock)


def build_part_tokens(settings: Settings, system: System) -> PartTokens:
    """Build what lets processes of this installation ask each other, over the same key."""
    return PartTokens(statements=build_statements(settings, system), clock=system.clock)


def _keys(settings: TokenSettings, data_dir: Path) -> KeySource:
    pem, older = settings.signing_key, settings.older_keys
    if pem is None:
        return FolderKeys(data_dir / KEY_FILE)
    return GivenKeys(
        signing=lambda: key_from_pem(pem.encode(), source="token.signing_key"),
        older=lambda: older_keys(older or "", source="token.older_keys"),
    )
