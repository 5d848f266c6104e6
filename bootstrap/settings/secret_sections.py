"""List the settings of secrets: where their keys are kept."""

from dataclasses import dataclass
from pathlib import Path

from adapters.settings.field import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretsSettings:
    """Secrets at rest, and where the keys are kept that they are sealed under."""

    source: str = setting(
        "file",
        "Where key-encryption keys come from: a file, secrets.keys, a passphrase, or Vault.",
        choices=("file", "environment", "passphrase", "vault"),
    )
    key_file: Path | None = setting(
        None,
        "The key file, made at the first start; without it, keys/secrets.json in the data"
        " folder. Back it up apart from the database.",
    )
    keys: str | None = setting(
        None,
        "For source environment: version:key pairs such as 1:BASE64,2:BASE64, with keys from"
        " `ballast keys new`.",
        secret=True,
    )
    passphrase: str | None = setting(
        None,
        "For source passphrase: at least 12 characters; asked for at the start on a terminal.",
        secret=True,
    )
    passphrase_before: str | None = setting(
        None,
        "The passphrase before this one, until `ballast keys rotate` has finished.",
        secret=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultSettings:
    """HashiCorp Vault, where it keeps the keys of secrets."""

    url: str | None = setting(None, "Vault's address, such as https://vault.example.com:8200.")
    namespace: str | None = setting(None, "The namespace, where Vault has such.")
    mount: str = setting("transit", "Where the transit engine is mounted.")
    key: str = setting("ballast", "The transit key; made at the first start if we may.")
    token: str | None = setting(None, "A token; or let us log in by role_id.", secret=True)
    role_mount: str = setting("approle", "Where the AppRole method is mounted.")
    role_id: str | None = setting(None, "The AppRole's id.")
    secret_id: str | None = setting(None, "The AppRole's secret id.", secret=True)
