import { useEffect } from "../vendor/preact.js";
import { connection, follow } from "./live.js";

const LOOK_MS = 2_000;

/**
 * Load anew when something happened on these channels of an account.
 * @param {string | undefined} accountId
 * @param {string[]} channels
 * @param {() => void} reload
 */
export function useNews(accountId, channels, reload) {
  useEffect(() => {
    if (!accountId) return;
    const leaves = channels.map((channel) =>
      follow({ channel, account_id: accountId }, (frame) => {
        if (frame.type === "event" || frame.type === "snapshot") reload();
      }),
    );
    return () => leaves.forEach((leave) => leave());
  }, [accountId, reload]);
}

/**
 * Load anew when something happened on a channel of everybody's, and once when it begins to be
 * followed: what happened between the first load and then is told by nobody.
 * @param {string} channel
 * @param {() => void} reload
 */
export function useChannel(channel, reload) {
  useEffect(
    () =>
      follow({ channel }, (frame) => {
        if (frame.type === "event" || frame.type === "snapshot") reload();
      }),
    [channel, reload],
  );
}

/**
 * Load anew every two seconds while somebody looks: for figures that move with prices.
 * @param {() => void} reload
 */
export function useTicking(reload) {
  useEffect(() => {
    const clock = setInterval(() => {
      if (!document.hidden && connection.peek() === "Live") reload();
    }, LOOK_MS);
    return () => clearInterval(clock);
  }, [reload]);
}
