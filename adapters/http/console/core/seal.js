// Seals a file on this machine for the owner and the shared key; only what is sealed leaves it.
import { Encrypter } from "../vendor/age.js";

// What age adds to this stays below the largest age file that a server takes.
export const FILE_BYTES_MAX = 10_000_000;
const RECIPIENT = /^age1[02-9ac-hj-np-z]{58}$/;

/**
 * @typedef {object} Recipients
 * @property {string} owner the owner's own recipient
 * @property {string} shared the recipient of the key that trustees share
 *
 * @typedef {object} SealedFile what POST /api/v1/succession/letters takes, but for when and readers
 * @property {string} name
 * @property {string} sealed_for
 * @property {string} content the age file in Base64
 */

/**
 * Read the two recipients out of the recipients.txt that `ballast succession seal` wrote. They come
 * from the owner's own file and never from a server, which could tell a key of its own.
 * @param {string} text
 * @returns {Recipients}
 */
export function recipientsOf(text) {
  const lines = text.split("\n").map((line) => line.trim());
  const found = lines.filter((line) => line && !line.startsWith("#"));
  const [owner, shared] = found;
  const plain = found.every((line) => RECIPIENT.test(line));
  if (!owner || !shared || found.length > 2 || owner === shared || !plain) {
    throw new RangeError("recipients.txt holds two recipients, age1… each: yours, and the shared");
  }
  return { owner, shared };
}

/**
 * Seal a file for both.
 * @param {File} file
 * @param {Recipients} recipients
 * @returns {Promise<SealedFile>}
 */
export async function seal(file, { owner, shared }) {
  if (file.size > FILE_BYTES_MAX) {
    throw new RangeError(`${file.name} is larger than ${FILE_BYTES_MAX} bytes`);
  }
  const age = new Encrypter();
  age.addRecipient(owner);
  age.addRecipient(shared);
  const sealed = await age.encrypt(new Uint8Array(await file.arrayBuffer()));
  return { name: file.name, sealed_for: shared, content: base64(sealed) };
}

/** @param {Uint8Array} bytes */
function base64(bytes) {
  const parts = [];
  // In parts of which each ends at a letter of Base64: a call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 24_576) {
    parts.push(btoa(String.fromCharCode(...bytes.subarray(at, at + 24_576))));
  }
  return parts.join("");
}
