import { batch, computed, signal } from "../vendor/preact.js";
import { ask } from "./ask.js";
import { freshToken, session } from "./session.js";
import { jittered } from "./wire.js";

/**
 * One WebSocket a tab. Channels are resumed by their sequence; what a reader does with an event
 * is its own, and most read the server's state anew, so that nothing shown is only believed.
 *
 * @typedef {{ channel: string, account_id?: string | null, symbols?: string[] }} Topic
 * @typedef {{ type: string, channel?: string, account_id?: string | null, sequence?: number, id?: string | null, event?: string, subject?: string, body?: any, rows?: any[] }} Frame
 * @typedef {{ topic: Topic, readers: Set<(frame: Frame) => void>, sequence: number | null }} Followed
 */

const RETRY_MS = 500;
const RETRY_MAX_MS = 10_000;
/** @type {Map<string, Followed>} */
const followed = new Map();
// Ticket, handshake and welcome together: what hangs is given up, as nothing else would tell.
const WELCOME_MS = 10_000;
/** @typedef {{ socket: WebSocket | null, overdue: number }} Line */
/** The one connection that counts, from its ticket on: what comes of an earlier one is nobody's. @type {Line | null} */
let line = null;
let tries = 0;
let heardAt = 0;
let heartbeatMs = 15_000;
let running = false;
let retry = 0;

const connected = signal(false);
const quiet = signal(false);

/** @type {import("../vendor/preact.js").ReadonlySignal<"Live" | "Reconnecting" | "Stale">} */
export const connection = computed(() => (quiet.value ? "Stale" : connected.value ? "Live" : "Reconnecting"));

/** Connect, and come back until stopped. */
export function startLive() {
  if (running) return;
  running = true;
  heardAt = Date.now();
  const clock = setInterval(() => {
    const silent = Date.now() - heardAt > 2 * heartbeatMs;
    quiet.value = silent;
    // Half open: nobody says that it is gone.
    if (silent && connected.value && line) drop(line);
  }, 500);
  const stopWatching = session.subscribe((now) => {
    if (now) tell({ op: "authenticate", token: now.token });
    if (!now) {
      running = false;
      clearInterval(clock);
      clearTimeout(retry);
      if (line) drop(line);
      followed.clear();
      quotes.clear();
      queueMicrotask(() => stopWatching());
    }
  });
  addEventListener("online", hurry);
  void connect();
}

function hurry() {
  if (!running || line) return;
  clearTimeout(retry);
  void connect();
}

async function connect() {
  if (line) return;
  /** @type {Line} */
  const own = { socket: null, overdue: 0 };
  own.overdue = setTimeout(() => drop(own), WELCOME_MS);
  line = own;
  try {
    if (!(await freshToken())) return drop(own);
    const ticket = await ask("POST /api/v1/ws/ticket");
    if (line !== own) return;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    own.socket = new WebSocket(`${scheme}//${location.host}/ws/v1`, ticket.protocols);
    own.socket.addEventListener("message", (event) => {
      if (line === own) heard(JSON.parse(event.data));
    });
    own.socket.addEventListener("close", () => drop(own));
  } catch {
    drop(own);
  }
}

/** Let a connection go, without waiting for its other end to agree, and come back. @param {Line} own */
function drop(own) {
  if (line !== own) return;
  line = null;
  clearTimeout(own.overdue);
  own.socket?.close();
  connected.value = false;
  comeBack();
}

function comeBack() {
  if (!running) return;
  clearTimeout(retry);
  retry = setTimeout(() => void connect(), jittered(Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** tries)));
  tries += 1;
}

/** @param {Frame & { heartbeat_s?: number, rows?: any[] }} frame */
function heard(frame) {
  heardAt = Date.now();
  quiet.value = false;
  if (frame.type === "welcome") {
    heartbeatMs = (frame.heartbeat_s ?? 15) * 1000;
    tries = 0;
    clearTimeout(line?.overdue);
    connected.value = true;
    for (const one of followed.values()) subscribe(one);
    followQuotes();
    return;
  }
  if (frame.channel === "quotes") {
    for (const quote of frame.rows ?? (frame.body ? [frame.body] : [])) arrived.set(quote.symbol, quote);
    painted ||= requestAnimationFrame(paint);
    return;
  }
  if (frame.type === "error") {
    const refused = followed.get(frame.id ?? "");
    if (refused && refused.sequence !== null) {
      // A place that the server does not know any more: begin with what it shows now.
      refused.sequence = null;
      subscribe(refused);
    }
    return;
  }
  const one = followed.get(keyOf(frame.channel ?? "", frame.account_id));
  if (!one) return;
  if (frame.sequence !== undefined) one.sequence = frame.sequence;
  for (const reader of one.readers) reader(frame);
}

/** @param {object} message */
function tell(message) {
  if (line?.socket?.readyState === WebSocket.OPEN) line.socket.send(JSON.stringify(message));
}

/** @param {Followed} one */
function subscribe(one) {
  tell({
    op: "subscribe",
    id: keyOf(one.topic.channel, one.topic.account_id),
    ...one.topic,
    ...(one.sequence === null ? {} : { from_sequence: one.sequence }),
  });
}

/** @param {string} channel @param {string | null | undefined} accountId */
function keyOf(channel, accountId) {
  return `${channel} ${accountId ?? ""}`;
}

/**
 * Follow a channel until the returned function is called.
 * @param {Topic} topic
 * @param {(frame: Frame) => void} reader
 * @returns {() => void}
 */
export function follow(topic, reader) {
  const key = keyOf(topic.channel, topic.account_id);
  let one = followed.get(key);
  if (!one) {
    one = { topic, readers: new Set(), sequence: null };
    followed.set(key, one);
    if (connected.peek()) subscribe(one);
  }
  one.readers.add(reader);
  return () => {
    one.readers.delete(reader);
    if (one.readers.size || followed.get(key) !== one) return;
    followed.delete(key);
    const { symbols: _, ...named } = topic;
    if (connected.peek()) tell({ op: "unsubscribe", ...named });
  };
}

/** @typedef {import("../types/api.js").QuoteView} Quote */
/** @type {Map<string, { quote: import("../vendor/preact.js").Signal<Quote | null>, readers: number }>} */
const quotes = new Map();
/** @type {Map<string, Quote>} */
const arrived = new Map();
let painted = 0;

/** The newest of each symbol, once a frame: a person sees no more, and a slow machine keeps up. */
function paint() {
  painted = 0;
  batch(() => {
    for (const [symbol, quote] of arrived) {
      const known = quotes.get(symbol);
      if (known) known.quote.value = quote;
    }
  });
  arrived.clear();
}

/**
 * Follow a symbol's quote; the second of the pair ends it.
 * @param {string} symbol
 * @returns {[import("../vendor/preact.js").ReadonlySignal<Quote | null>, () => void]}
 */
export function followQuote(symbol) {
  let known = quotes.get(symbol);
  if (!known) {
    known = { quote: signal(/** @type {Quote | null} */ (null)), readers: 0 };
    quotes.set(symbol, known);
    askForQuotes();
  }
  known.readers += 1;
  const own = known;
  return [
    own.quote,
    () => {
      own.readers -= 1;
      if (own.readers || quotes.get(symbol) !== own) return;
      quotes.delete(symbol);
      askForQuotes();
    },
  ];
}

let asking = false;
let subscribed = false;

function askForQuotes() {
  if (asking) return;
  asking = true;
  queueMicrotask(() => {
    asking = false;
    if (connected.peek()) followQuotes();
  });
}

function followQuotes() {
  if (subscribed && !quotes.size) tell({ op: "unsubscribe", channel: "quotes" });
  subscribed = quotes.size > 0;
  if (subscribed) tell({ op: "subscribe", channel: "quotes", symbols: [...quotes.keys()].slice(0, 100) });
}
