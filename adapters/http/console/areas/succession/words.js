/**
 * @typedef {"check_in_days" | "remind_days" | "contact_days" | "grace_days"} Duration
 * @typedef {Record<Duration, string>} Durations as they are typed
 * @typedef {{ state: string, day: number, says: string, trading: string }} Step
 */

export const DAYS_MAX = 3_650;

/** The four stretches of silence, in their order. @type {[Duration, string][]} */
export const DURATIONS = [
  ["check_in_days", "Days until the owner is reminded"],
  ["remind_days", "Then days until the trustees are asked"],
  ["contact_days", "Then days until the last days to object"],
  ["grace_days", "Then days until the hand-over"],
];

/** What each state is, and what may be traded in it. @type {Record<string, [string, string]>} */
export const STATES = {
  ARMED: ["The owner was heard of lately", "Trading goes on"],
  REMINDED: ["The owner is silent and is reminded", "Trading goes on"],
  CONTACT_PING: ["The trustees are asked whether the owner is gone", "Only what reduces may trade"],
  GRACE: ["The last days in which the owner can object", "Nothing may trade"],
  RELEASED: ["Handed over to the trustees; the owner's veto counts for 72 hours", "Nothing may trade"],
};

/** @type {Durations} */
export const USUAL = { check_in_days: "30", remind_days: "14", contact_days: "14", grace_days: "14" };

/**
 * From which day of silence on each state holds; nothing where a duration is none.
 * @param {Durations} durations
 * @returns {Step[] | null}
 */
export function timelineOf(durations) {
  /** @type {Step[]} */
  const steps = [];
  let day = 0;
  for (const [at, [state, [says, trading]]] of Object.entries(STATES).entries()) {
    const name = DURATIONS[at - 1]?.[0];
    if (name) {
      const days = daysOf(durations[name]);
      if (days === null) return null;
      day += days;
    }
    steps.push({ state, day, says, trading });
  }
  return steps;
}

/** A count of days as it is typed. @param {string} typed */
export function daysOf(typed) {
  const days = /^\d{1,4}$/.test(typed.trim()) ? Number(typed) : 0;
  return days >= 1 && days <= DAYS_MAX ? days : null;
}

/** A span in its two largest units. @param {number} seconds */
export function spanOf(seconds) {
  const minutes = Math.floor(seconds / 60);
  const parts = /** @type {[number, string][]} */ ([
    [Math.floor(minutes / 1440), "day"],
    [Math.floor(minutes / 60) % 24, "hour"],
    [minutes % 60, "minute"],
  ]);
  const said = parts.filter(([count]) => count).map(([count, unit]) => `${count} ${unit}${count === 1 ? "" : "s"}`);
  return said.slice(0, 2).join(" ") || "less than a minute";
}
