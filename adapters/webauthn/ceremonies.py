"""Write the options of both ceremonies and check their answers (port PasskeyCeremonies)."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers.structs import (
    AttestationFormat,
    AuthenticationCredential,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    AuthenticatorData,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    ClientDataType,
    CollectedClientData,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from adapters.webauthn.form import text_of
from adapters.webauthn.reading import (
    ALGORITHMS,
    ATTESTATION,
    STUMBLES,
    attestation_of,
    authenticator_data_of,
    client_data_of,
    is_usable,
)
from domain.identity.passkey import CHALLENGE_LASTS, Passkey, handle_of
from domain.identity.tenant import User
from domain.shared.values import InvalidValue
from ports.passkeys import Assertion, Flaw, MadeCredential, NewCredential, PasskeyAnswer

# What browsers send when no attestation was asked for: nothing, or the key's own signature.
_FORMATS = (AttestationFormat.NONE, AttestationFormat.PACKED)
_TIMEOUT_MS = int(CHALLENGE_LASTS.total_seconds() * 1_000)
_KNOWN = frozenset(one.value for one in AuthenticatorTransport)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebAuthnCeremonies:
    """One relying party, and the origins whose pages may speak for it."""

    rp_id: str
    rp_name: str
    origins: tuple[str, ...]

    def creation_options(self, *, challenge: bytes, user: User, known: Sequence[Passkey]) -> bytes:
        """Return PublicKeyCredentialCreationOptionsJSON."""
        options = generate_registration_options(
            rp_id=self.rp_id,
            rp_name=self.rp_name,
            user_id=handle_of(user.id),
            user_name=user.email,
            user_display_name=user.name or user.email,
            challenge=challenge,
            timeout=_TIMEOUT_MS,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED,
                user_verification=UserVerificationRequirement.PREFERRED,
            ),
            exclude_credentials=[_descriptor(one) for one in known],
            supported_pub_key_algs=ALGORITHMS,
        )
        return options_to_json(options).encode()

    def request_options(
        self, *, challenge: bytes, allowed: Sequence[Passkey] = (), verified: bool = True
    ) -> bytes:
        """Return PublicKeyCredentialRequestOptionsJSON."""
        wanted = UserVerificationRequirement
        options = generate_authentication_options(
            rp_id=self.rp_id,
            challenge=challenge,
            timeout=_TIMEOUT_MS,
            allow_credentials=[_descriptor(one) for one in allowed],
            user_verification=wanted.REQUIRED if verified else wanted.PREFERRED,
        )
        return options_to_json(options).encode()

    def challenge_of(self, client_data: bytes) -> bytes:
        """Return the challenge that is answered, not yet checked."""
        return client_data_of(client_data).challenge

    def made(self, sent: NewCredential, *, challenge: bytes) -> MadeCredential | Flaw:
        """Return a credential whose making holds."""
        collected = client_data_of(sent.client_data)
        flaw = self._asked_by(collected, ClientDataType.WEBAUTHN_CREATE, challenge=challenge)
        if flaw is not None:
            return flaw
        attested = attestation_of(sent.attestation)
        data = attested.auth_data
        if data.attested_credential_data is None:
            raise InvalidValue(field=ATTESTATION, problem="holds no credential")
        flaw = self._about(data, verified=False)
        if flaw is not None:
            return flaw
        if not hmac.compare_digest(data.attested_credential_data.credential_id, sent.credential_id):
            return Flaw.CREDENTIAL
        if attested.fmt not in _FORMATS or attested.att_stmt.x5c:
            return Flaw.ATTESTATION
        if not is_usable(data.attested_credential_data.credential_public_key):
            return Flaw.ALGORITHM
        try:
            verified = verify_registration_response(
                credential=RegistrationCredential(
                    id=text_of(sent.credential_id),
                    raw_id=sent.credential_id,
                    response=AuthenticatorAttestationResponse(
                        client_data_json=sent.client_data, attestation_object=sent.attestation
                    ),
                ),
                expected_challenge=challenge,
                expected_rp_id=self.rp_id,
                expected_origin=list(self.origins),
                supported_pub_key_algs=ALGORITHMS,
            )
        except STUMBLES:
            return Flaw.ATTESTATION
        return MadeCredential(
            credential_id=verified.credential_id,
            public_key=verified.credential_public_key,
            sign_count=verified.sign_count,
            aaguid=UUID(verified.aaguid),
            backup_eligible=data.flags.be,
            backed_up=verified.credential_backed_up,
            user_verified=verified.user_verified,
        )

    def answered(
        self, sent: Assertion, *, challenge: bytes, passkey: Passkey, verified: bool = True
    ) -> PasskeyAnswer | Flaw:
        """Return what an answer says that the passkey's own key signed."""
        collected = client_data_of(sent.client_data)
        flaw = self._asked_by(collected, ClientDataType.WEBAUTHN_GET, challenge=challenge)
        if flaw is not None:
            return flaw
        data = authenticator_data_of(sent.authenticator_data)
        flaw = self._about(data, verified=verified)
        if flaw is not None:
            return flaw
        if not hmac.compare_digest(passkey.credential_id, sent.credential_id):
            return Flaw.CREDENTIAL
        if sent.user_handle is not None and not hmac.compare_digest(
            sent.user_handle, passkey.user_handle
        ):
            return Flaw.USER_HANDLE
        # What can be copied at all is fixed when the credential is made.
        if data.flags.be is not passkey.backup_eligible:
            return Flaw.BACKUP
        try:
            held = verify_authentication_response(
                credential=AuthenticationCredential(
                    id=text_of(sent.credential_id),
                    raw_id=sent.credential_id,
                    response=AuthenticatorAssertionResponse(
                        client_data_json=sent.client_data,
                        authenticator_data=sent.authenticator_data,
                        signature=sent.signature,
                        user_handle=sent.user_handle,
                    ),
                ),
                expected_challenge=challenge,
                expected_rp_id=self.rp_id,
                expected_origin=list(self.origins),
                credential_public_key=passkey.public_key,
                # Judged where it is stored: only behind a good signature it tells of a copy.
                credential_current_sign_count=0,
                require_user_verification=verified,
            )
        except STUMBLES:
            return Flaw.SIGNATURE
        return PasskeyAnswer(
            sign_count=held.new_sign_count,
            backed_up=held.credential_backed_up,
            user_verified=held.user_verified,
        )

    def _asked_by(
        self, collected: CollectedClientData, kind: ClientDataType, *, challenge: bytes
    ) -> Flaw | None:
        """Return what is wrong with the page that asked."""
        if collected.type != kind:
            return Flaw.TYPE
        if not hmac.compare_digest(collected.challenge, challenge):
            return Flaw.CHALLENGE
        if collected.origin not in self.origins:
            return Flaw.ORIGIN
        return Flaw.CROSS_ORIGIN if collected.cross_origin else None

    def _about(self, data: AuthenticatorData, *, verified: bool) -> Flaw | None:
        """Return what is wrong with what the authenticator says of itself and its user."""
        if not hmac.compare_digest(data.rp_id_hash, sha256(self.rp_id.encode()).digest()):
            return Flaw.RELYING_PARTY
        if not data.flags.up:
            return Flaw.USER_ABSENT
        if verified and not data.flags.uv:
            return Flaw.USER_UNVERIFIED
        return Flaw.BACKUP if data.flags.bs and not data.flags.be else None


def _descriptor(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    transports = [AuthenticatorTransport(one) for one in passkey.transports if one in _KNOWN]
    return PublicKeyCredentialDescriptor(id=passkey.credential_id, transports=transports or None)
