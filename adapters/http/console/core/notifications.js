import { signal } from "../vendor/preact.js";
import { ask } from "./ask.js";

/**
 * What a person was told: how much of it nobody read, and what waits to be taken in hand.
 * @typedef {import("../types/api.js").NotificationView} Notification
 */

/** @type {import("../types/api.js").Priority[]} */
export const PRIORITIES = ["LOW", "MEDIUM", "HIGH", "URGENT"];

/** How many notifications nobody has read yet. */
export const unread = signal(0);
/** What is urgent and in nobody's hand. @type {import("../vendor/preact.js").Signal<Notification[]>} */
export const urgent = signal([]);

let asking = false;
let again = false;

/** Read what is new, and once more if that was asked for meanwhile; a failure is made good by the next one. */
export async function lookAtNotifications() {
  again = asking;
  if (asking) return;
  asking = true;
  try {
    const stats = await ask("GET /api/v1/notifications/stats");
    unread.value = stats.unread;
    const query = { priority: "URGENT", limit: 50 };
    const open = stats.unacknowledged ? (await ask("GET /api/v1/notifications", { query })).items : [];
    urgent.value = open.filter((one) => !one.acknowledged_at);
  } catch {
    // It is read again with the next one.
  }
  asking = false;
  if (again) await lookAtNotifications();
}

/** Take one in hand: nobody is told of it any more. @param {Notification} one */
export async function acknowledge(one) {
  await ask("POST /api/v1/notifications/{notification_id}/acknowledge", { path: { notification_id: one.id } });
  await lookAtNotifications();
}
