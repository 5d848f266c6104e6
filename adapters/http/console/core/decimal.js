/** Figures of money are decimal text; they are shown digit by digit and never made a float. */

const DECIMAL = /^-?\d+(\.\d+)?$/;
const MINUS = "\u2212";

/**
 * The same figure with its thousands apart and at least so many places; no digit is lost.
 * @param {string} text
 * @param {number} [placesMin]
 */
export function shown(text, placesMin = 0) {
  if (!DECIMAL.test(text)) return text;
  const [whole = "0", places = ""] = text.replace("-", "").split(".");
  const apart = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  const padded = places.padEnd(placesMin, "0");
  return (text.startsWith("-") ? MINUS : "") + apart + (padded ? `.${padded}` : "");
}

/** @param {string} text @param {string} currency */
export function money(text, currency) {
  return `${shown(text, 2)} ${currency}`;
}

/** A fraction as a percentage of two places at least: moving the point loses nothing. @param {string} text */
export function percent(text) {
  if (!DECIMAL.test(text)) return text;
  const [whole = "0", places = ""] = text.replace("-", "").split(".");
  const digits = places.padEnd(2, "0");
  const moved = `${whole}${digits.slice(0, 2)}`.replace(/^0+(?=\d)/, "");
  return `${shown((text.startsWith("-") ? "-" : "") + moved + (digits.length > 2 ? `.${digits.slice(2)}` : ""))} %`;
}

/** Whether a figure is below zero, above, or neither. @param {string} text @returns {-1 | 0 | 1} */
export function signOf(text) {
  if (!/[1-9]/.test(text)) return 0;
  return text.startsWith("-") ? -1 : 1;
}

/** @param {string} a @param {string} b */
export function compare(a, b) {
  const places = Math.max(placesOf(a), placesOf(b));
  const difference = scaled(a, places) - scaled(b, places);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The sum of figures, to the last digit. @param {string[]} texts */
export function sum(texts) {
  const places = Math.max(0, ...texts.map(placesOf));
  const total = texts.reduce((so, one) => so + scaled(one, places), 0n);
  const digits = String(total < 0n ? -total : total).padStart(places + 1, "0");
  const cut = digits.length - places;
  const rest = digits.slice(cut).replace(/0+$/, "");
  return (total < 0n ? "-" : "") + digits.slice(0, cut) + (rest ? `.${rest}` : "");
}

/** What a person typed as a figure, as the server reads it; null where it is none. @param {string} typed */
export function readDecimal(typed) {
  const plain = typed.trim().replace(/,(?=\d{3}(\D|$))/g, "");
  return DECIMAL.test(plain) ? plain : null;
}

/** For places on a screen only. @param {string | null | undefined} text */
export function pixels(text) {
  return text === null || text === undefined ? NaN : Number(text);
}

/** @param {string} text */
function placesOf(text) {
  return text.split(".")[1]?.length ?? 0;
}

/** @param {string} text @param {number} places */
function scaled(text, places) {
  const [whole = "0", rest = ""] = text.split(".");
  return BigInt(whole + rest.padEnd(places, "0"));
}
