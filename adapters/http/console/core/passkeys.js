/** Passkeys as JSON: what the server asks and what it is answered (WebAuthn, level 3, 5.1.8). */

export const CAN_PASSKEY = "PublicKeyCredential" in globalThis;

/** @param {Record<string, any>} options */
export async function showPasskey(options) {
  const publicKey = {
    ...options,
    challenge: bytesOf(options["challenge"]),
    allowCredentials: (options["allowCredentials"] ?? []).map((/** @type {{ id: string }} */ one) => ({
      ...one,
      id: bytesOf(one.id),
    })),
  };
  const made = /** @type {any} */ (await navigator.credentials.get({ publicKey }));
  const { response } = made;
  return {
    id: made.id,
    rawId: textOf(made.rawId),
    type: "public-key",
    response: {
      clientDataJSON: textOf(response.clientDataJSON),
      authenticatorData: textOf(response.authenticatorData),
      signature: textOf(response.signature),
      userHandle: response.userHandle ? textOf(response.userHandle) : null,
    },
  };
}

/** Whether the person, not the server, said no. @param {unknown} error */
export function wasCancelled(error) {
  return error instanceof DOMException && (error.name === "NotAllowedError" || error.name === "AbortError");
}

/** @param {string} text */
function bytesOf(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (one) => one.charCodeAt(0));
}

/** @param {ArrayBuffer} buffer */
function textOf(buffer) {
  const plain = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return plain.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
