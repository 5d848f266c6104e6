"""Ask browsers for passkeys and check what they answer, by the library `webauthn`."""
