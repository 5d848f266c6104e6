"""Build what keeps secrets: the vault, brokers' API keys, and the turning over of keys."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from adapters.http.secrets.routes import secrets_routes
from adapters.security.envelope import EnvelopeVault
from adapters.security.given_keys import ListedKeys, PassphraseKeys
from adapters.security.key_files import FileKeys
from adapters.security.local_keys import KeySource, LocalKeys
from application.secrets.context import KeyContext
from application.secrets.create_key import CreateKey
from application.secrets.delete_key import DeleteKey
from application.secrets.facade import SecretsUseCases
from application.secrets.keep_unsealed import KeepUnsealed
from application.secrets.remind import RemindOfKeys
from application.secrets.rotate_key import RotateKey
from application.secrets.self_test import SelfTest
from application.secrets.turn_over import TurnKeysOver
from application.secrets.update_key import UpdateKey
from application.secrets.verify_key import VerifyKey
from application.shared.change import Changes
from bootstrap.area import Area, Task, of_role
from bootstrap.brokers.registry import build_credentials
from bootstrap.processes.roles import Role
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage
from bootstrap.system import System
from ports.secrets import KeyEncryption

KEY_FILE = Path("keys/secrets.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretsParts:
    """The vault, the facade of API keys, and what works behind them.

    stop closes what the keys are reached through.
    """

    vault: EnvelopeVault
    facade: SecretsUseCases
    keep: KeepUnsealed
    remind: RemindOfKeys
    turn_over: TurnKeysOver
    self_test: SelfTest
    keys: KeyEncryption
    stop: Callable[[], Awaitable[None]]


def build(
    *, settings: Settings, storage: Storage, system: System, changes: Changes
) -> SecretsParts:
    """Build the parts; nothing is read yet, and the vault is sealed until it is."""
    keys, stop = _keys(settings)
    vault = EnvelopeVault(keys=keys, marks=storage.key_marks, clock=system.clock)
    context = KeyContext(
        keys=storage.api_keys,
        changes=changes,
        vault=vault,
        store=storage.sealed,
        brokers=build_credentials(settings),
        accounts=storage.directory,
    )
    return SecretsParts(
        vault=vault,
        facade=SecretsUseCases(
            context=context,
            create_key=CreateKey(context=context),
            update_key=UpdateKey(context=context),
            rotate_key=RotateKey(context=context),
            delete_key=DeleteKey(context=context),
            verify_key=VerifyKey(context=context),
        ),
        keep=KeepUnsealed(
            vault=vault,
            sleeper=system.sleeper,
            is_remote=settings.secrets.source == "vault",
        ),
        remind=RemindOfKeys(context=context, sleeper=system.sleeper),
        turn_over=TurnKeysOver(
            vault=vault,
            keys=keys,
            marks=storage.key_marks,
            store=storage.sealed,
            users=storage.users,
            clock=system.clock,
            ids=system.ids,
        ),
        self_test=SelfTest(vault=vault, store=storage.sealed),
        keys=keys,
        stop=stop,
    )


def key_file(settings: Settings) -> Path:
    """Return where the key file is, or will be."""
    return settings.secrets.key_file or settings.data_dir / KEY_FILE


def _keys(settings: Settings) -> tuple[KeyEncryption, Callable[[], Awaitable[None]]]:
    own = settings.secrets
    source: KeySource
    match own.source:
        case "vault":
            return _of_vault(settings)
        case "environment":
            source = ListedKeys(text=own.keys)
        case "passphrase":
            source = PassphraseKeys(passphrase=own.passphrase, before=own.passphrase_before)
        case _:
            source = FileKeys(path=key_file(settings))
    return LocalKeys(source=source), _nothing


def _of_vault(settings: Settings) -> tuple[KeyEncryption, Callable[[], Awaitable[None]]]:
    from adapters.hashicorp_vault.client import VaultAddress, VaultClient
    from adapters.hashicorp_vault.keys import TransitKeys

    own = settings.vault
    address = VaultAddress(
        url=own.url or "",
        namespace=own.namespace,
        mount=own.mount,
        key=own.key,
        token=own.token,
        role_mount=own.role_mount,
        role_id=own.role_id,
        secret_id=own.secret_id,
    )
    client = VaultClient(address)
    return TransitKeys(client, mount=own.mount, key=own.key), client.stop


async def _nothing() -> None:
    """Close nothing: the keys are in this process."""


AREA = Area(
    name="secrets",
    sentence="Brokers' API keys, sealed, and the keys that seal them.",
    builds={"secrets": build},
    routes=lambda parts: (secrets_routes(parts.of(build).facade, keys=parts.storage.keys),),
    parameters=frozenset({"key_id"}),
    tasks=(
        of_role(Role.WATCH, "reminders", lambda parts: parts.of(build).remind.run, required=False),
        Task(
            name="unsealing",
            run=lambda parts: parts.of(build).keep.run,
            roles=frozenset({Role.API}),
            required=False,
        ),
    ),
)
