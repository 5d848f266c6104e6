import { effect } from "../vendor/preact.js";
import { account, loadAccess, may } from "../core/context.js";
import { follow } from "../core/live.js";
import { lookAtNotifications, unread, urgent } from "../core/notifications.js";
import { session } from "../core/session.js";
import { toast } from "../kit/toasts.js";

/** Count notices, and say fills, denials and stops wherever one is. */
export function watchNews() {
  void lookAtNotifications();
  const stops = [
    follow({ channel: "notices" }, (frame) => {
      // Perhaps somebody asks for all factors to be taken away: that stands on top at once, also
      // where it happened after the access was read and before this was followed.
      if (frame.type === "event" || frame.type === "snapshot") loadAccess().catch(() => {});
    }),
    follow({ channel: "notifications" }, (frame) => {
      if (frame.type === "event" || frame.type === "snapshot") void lookAtNotifications();
    }),
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
    unread.value = 0;
    urgent.value = [];
    queueMicrotask(() => stopWatching());
  });
}
