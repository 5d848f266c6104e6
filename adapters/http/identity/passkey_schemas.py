"""Read what browsers send of passkeys, as Web Authentication writes it, and show them."""

import binascii
from base64 import b64decode, urlsafe_b64encode
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from adapters.http.identity.cookies import Keep
from adapters.http.identity.device_schemas import FingerprintBody
from adapters.http.identity.earlier import EarlierAccessView, earlier_view
from adapters.http.identity.schemas import Label as DeviceLabel
from adapters.http.identity.schemas import Secret
from adapters.http.wire import PRINTABLE, moment, time_of
from application.identity.passkey_use import PasskeyOptions
from application.identity.passkeys import PasskeyAdded
from domain.identity.passkey import CREDENTIAL_ID_MAX, LABEL_LENGTH_MAX, Passkey
from domain.shared.values import InvalidValue
from ports.passkeys import Assertion, NewCredential

_LETTERS = r"^[A-Za-z0-9_-]+$"
# Base64url writes three bytes in four letters.
_Name = Annotated[str, Meta(max_length=(CREDENTIAL_ID_MAX * 4 + 2) // 3, pattern=_LETTERS)]
_Data = Annotated[str, Meta(max_length=8_192, pattern=_LETTERS)]
# RSA keys of 4,096 bits, and what goes with them.
_Attestation = Annotated[str, Meta(max_length=16_384, pattern=_LETTERS)]
_Signature = Annotated[str, Meta(max_length=1_024, pattern=_LETTERS)]
_Handle = Annotated[str, Meta(max_length=86, pattern=_LETTERS)]
_Label = Annotated[str, Meta(min_length=1, max_length=LABEL_LENGTH_MAX, pattern=PRINTABLE)]
_Transport = Annotated[str, Meta(max_length=64, pattern=PRINTABLE)]
_Options = Annotated[msgspec.Raw, Meta(extra_json_schema={"type": "object"})]


class MadeResponseBody(
    msgspec.Struct,
    kw_only=True,
    rename={"client_data": "clientDataJSON", "attestation": "attestationObject"},
):
    """AuthenticatorAttestationResponseJSON; what else a browser writes there is not read."""

    client_data: _Data
    attestation: _Attestation
    transports: Annotated[list[_Transport], Meta(max_length=16)] = []


class MadeCredentialBody(msgspec.Struct, kw_only=True, rename={"raw_id": "rawId"}):
    """RegistrationResponseJSON, as credential.toJSON() gives it."""

    id: _Name
    raw_id: _Name
    type: Literal["public-key"]
    response: MadeResponseBody

    def sent(self) -> NewCredential:
        """Return the bytes of it; raises InvalidValue."""
        return NewCredential(
            credential_id=_own_name(self.id, raw=self.raw_id),
            client_data=_bytes(self.response.client_data, at="response.clientDataJSON"),
            attestation=_bytes(self.response.attestation, at="response.attestationObject"),
            transports=tuple(self.response.transports),
        )


class AnswerResponseBody(
    msgspec.Struct,
    kw_only=True,
    rename={
        "client_data": "clientDataJSON",
        "authenticator_data": "authenticatorData",
        "user_handle": "userHandle",
    },
):
    """AuthenticatorAssertionResponseJSON; what else a browser writes there is not read."""

    client_data: _Data
    authenticator_data: _Data
    signature: _Signature
    user_handle: _Handle | None = None


class AnswerBody(msgspec.Struct, kw_only=True, rename={"raw_id": "rawId"}):
    """AuthenticationResponseJSON, as credential.toJSON() gives it."""

    id: _Name
    raw_id: _Name
    type: Literal["public-key"]
    response: AnswerResponseBody

    def sent(self) -> Assertion:
        """Return the bytes of it; raises InvalidValue."""
        handle = self.response.user_handle
        return Assertion(
            credential_id=_own_name(self.id, raw=self.raw_id),
            client_data=_bytes(self.response.client_data, at="response.clientDataJSON"),
            authenticator_data=_bytes(
                self.response.authenticator_data, at="response.authenticatorData"
            ),
            signature=_bytes(self.response.signature, at="response.signature"),
            user_handle=_bytes(handle, at="response.userHandle") if handle is not None else None,
        )


class AddPasskeyBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A passkey that the browser has just made, and what its user calls it."""

    credential: MadeCredentialBody
    label: _Label = "Passkey"
    # With the first factor one's other sessions end, unless this is true.
    keep_other_sessions: bool = False


class RenamePasskeyBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What the user calls the passkey from now on."""

    label: _Label


class PasskeyLoginBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A passkey's answer; the rest is as at a log-in by password."""

    credential: AnswerBody
    keep: Keep = None
    remember: bool = False
    device_token: Secret | None = None
    device_label: DeviceLabel = ""
    fingerprint: FingerprintBody | None = None


class PasskeyOptionsView(msgspec.Struct):
    """What navigator.credentials takes, once it went through its parse…FromJSON()."""

    public_key: _Options
    expires_at: str


class PasskeyView(msgspec.Struct):
    """A passkey; aaguid tells the make of its authenticator, all zero where that is not told."""

    id: UUID
    label: str
    credential_id: str
    aaguid: UUID
    transports: list[str]
    backup_eligible: bool
    backed_up: bool
    created_at: str
    used_at: str | None


class AddedPasskeyView(PasskeyView):
    """A new passkey, and what let one in before it."""

    earlier_access: EarlierAccessView


class PasskeyList(msgspec.Struct):
    """All of a user's passkeys, oldest first."""

    items: list[PasskeyView]


def options_view(asked: PasskeyOptions) -> PasskeyOptionsView:
    """Show what a browser is to be asked."""
    return PasskeyOptionsView(
        public_key=msgspec.Raw(asked.options), expires_at=moment(asked.expires_at)
    )


def passkey_view(passkey: Passkey) -> PasskeyView:
    """Show a passkey to its user."""
    return PasskeyView(
        id=passkey.id,
        label=passkey.label,
        credential_id=_text(passkey.credential_id),
        aaguid=passkey.aaguid,
        transports=list(passkey.transports),
        backup_eligible=passkey.backup_eligible,
        backed_up=passkey.backed_up,
        created_at=moment(passkey.created_at),
        used_at=time_of(passkey.used_at),
    )


def added_view(added: PasskeyAdded) -> AddedPasskeyView:
    """Show a new passkey to its user, with what let them in before."""
    shown = msgspec.structs.asdict(passkey_view(added.passkey))
    return AddedPasskeyView(**shown, earlier_access=earlier_view(added.earlier))


def _own_name(name: str, *, raw: str) -> bytes:
    if name != raw:
        raise InvalidValue(field="credential.rawId", problem="must be the same as id")
    return _bytes(name, at="id")


def _bytes(text: str, *, at: str) -> bytes:
    """Read base64url without padding; only what it would be written as itself."""
    try:
        read = b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except (ValueError, binascii.Error):
        read = b""
    if _text(read) != text:
        raise InvalidValue(field=f"credential.{at}", problem="must be base64url without padding")
    return read


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
