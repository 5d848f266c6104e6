import { effect, signal } from "../vendor/preact.js";
import { ask } from "../core/ask.js";
import { account, may } from "../core/desk.js";
import { follow } from "../core/live.js";
import { session } from "../core/session.js";
import { toast } from "../kit/toasts.js";

/** How many notices nobody has read yet. */
export const unread = signal(0);

export async function countUnread() {
  try {
    unread.value = (await ask("GET /api/v1/notices", { query: { unread: true, limit: 50 } })).items.length;
  } catch {
    // It is counted again with the next one.
  }
}

/** Count notices, and say fills, denials and stops wherever one is. */
export function watchNews() {
  void countUnread();
  const stops = [
    follow({ channel: "notices" }, () => void countUnread()),
    ...(may("risk.read")
      ? [
          follow({ channel: "kill_switch" }, (frame) => {
            if (frame.type === "event" && frame.event?.endsWith("engaged")) toast("Trading was stopped", "bad");
          }),
        ]
      : []),
  ];
  /** @type {(() => void)[]} */
  let own = [];
  const stopAccount = effect(() => {
    const one = account.value;
    for (const leave of own) leave();
    own =
      one && may("orders.read")
        ? [
            follow({ channel: "fills", account_id: one.id }, (frame) => {
              const fill = frame.body;
              if (frame.type === "event" && fill?.symbol)
                toast(`Filled: ${fill.side} ${fill.quantity} ${fill.symbol} at ${fill.price}`, "good");
            }),
            follow({ channel: "orders", account_id: one.id }, (frame) => {
              if (frame.type === "event" && frame.body?.state === "denied")
                toast(`Denied: ${frame.body.side} ${frame.body.quantity} ${frame.body.symbol}`, "bad");
            }),
          ]
        : [];
  });
  const stopWatching = session.subscribe((now) => {
    if (now) return;
    for (const leave of [...stops, ...own]) leave();
    stopAccount();
    queueMicrotask(() => stopWatching());
  });
}
