import { html, useEffect, useErrorBoundary, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { access, account, accounts, chooseAccount, isPaper, loadDesk, may } from "../core/context.js";
import { watchActivity, acted, leavesIn } from "../core/idle.js";
import { watchKillSwitch } from "../core/kill.js";
import { connection, startLive } from "../core/live.js";
import { unread } from "../core/notifications.js";
import { SCREENS } from "../core/page.js";
import { problemOf } from "../core/problem.js";
import { HOME, address, go, screenOf } from "../core/router.js";
import { cameIn, logOut } from "../core/session.js";
import { choose, theme } from "../core/theme.js";
import { restoreDefault } from "../core/workspace.js";
import { Loading, ProblemNote } from "../kit/basics.js";
import { Dialog } from "../kit/dialog.js";
import { Menu } from "../kit/menu.js";
import { Toasts } from "../kit/toasts.js";
import { watchNews } from "./news.js";
import { Recovery } from "./recovery.js";
import { StepUpDialog } from "./step_up.js";
import { StopButton, StopDialog } from "./stop.js";
import { ReleaseDialog } from "./release.js";
import { StopAlert } from "./stopped.js";
import { UrgentNotices } from "./urgent.js";
import { WorkspaceDialogs, WorkspaceMenu } from "./workspace.js";

/** Everything around a screen: header, navigation, what is stopped, what was told. */
export function Shell() {
  const [problem, setProblem] = useState(/** @type {import("../core/problem.js").Problem | null} */ (null));
  const [ready, setReady] = useState(false);

  async function begin() {
    setProblem(null);
    try {
      await loadDesk();
      if (cameIn.peek()) await restoreDefault();
      cameIn.value = false;
      watchActivity();
      startLive();
      watchKillSwitch();
      watchNews();
      setReady(true);
    } catch (error) {
      setProblem(problemOf(error));
    }
  }
  useEffect(() => void begin(), []);

  if (!ready)
    return html`<main class="login"><h1>Ballast</h1>${problem ? html`<${ProblemNote} problem=${problem} onRetry=${begin} />` : html`<${Loading} what="your desk" />`}</main>`;
  return html`
    <a class="skip" href="#screen">Skip to the screen</a>
    <${Header} />
    <${StopAlert} />
    <${Recovery} />
    <${UrgentNotices} />
    <div class="below">
      <${Navigation} />
      <main id="screen" tabindex="-1"><${CurrentScreen} key=${address.value.split("?")[0]} /></main>
    </div>
    <footer class="muted">Charts by <a href="https://www.tradingview.com/" target="_blank" rel="noreferrer noopener">TradingView</a> Lightweight Charts™, © TradingView, Inc.</footer>
    <${StopDialog} /><${ReleaseDialog} /><${StepUpDialog} /><${WorkspaceDialogs} /><${Leaving} />
    <${Toasts} />
  `;
}

function Header() {
  const one = account.value;
  /** @param {{ currentTarget: HTMLSelectElement }} event */
  const chosen = (event) => chooseAccount(event.currentTarget.value);
  const dark = theme.value === "dark";
  return html`<header class="bar">
    <a class="brand" href=${HOME}>Ballast</a>
    <label class="account"><span class="sr-only">Account</span>
      <select value=${one?.id} onChange=${chosen}>${accounts.value.map((each) => html`<option value=${each.id}>${each.name}</option>`)}</select>
    </label>
    ${one ? html`<strong class=${`mode ${isPaper(one) ? "paper" : "live"}`}>${isPaper(one) ? "PAPER" : "LIVE"}</strong>` : null}
    <span class=${`connection ${connection.value.toLowerCase()}`} role="status" aria-label="Connection">${connection.value}</span>
    <span class="space"></span>
    <${StopButton} />
    <button type="button" onClick=${() => go(`${HOME}/notifications`)}>Notifications${unread.value ? html` <span class="count">${unread.value}<span class="sr-only"> unread</span></span>` : null}</button>
    <${WorkspaceMenu} />
    <${Menu} label="You" items=${[
      { label: dark ? "Light" : "Dark", onChoose: () => choose(dark ? "light" : "dark") },
      { label: "As the system", onChoose: () => choose("system") },
      { label: "Log out", onChoose: () => void logOut() },
    ]} />
  </header>`;
}

function Navigation() {
  const now = screenOf(address.value)?.entry;
  const listed = SCREENS.filter((one) => one.place !== null && may(one.permission));
  return html`<nav aria-label="Main"><ul>
    ${listed.map((one) => {
      const path = one.path === "/" ? HOME : HOME + one.path;
      return html`<li><a href=${path} aria-current=${one === now ? "page" : undefined}>${one.title}</a></li>`;
    })}
  </ul></nav>`;
}

/** The screen of the address, loaded when it is needed. */
function CurrentScreen() {
  const found = screenOf(address.value);
  const [view, setView] = useState(/** @type {{ View: any } | null} */ (null));
  const [problem, setProblem] = useState(/** @type {import("../core/problem.js").Problem | null} */ (null));
  const [broken, mend] = useErrorBoundary((error) => console.error(error));
  const heading = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  const title = found?.entry.title ?? "Not found";
  const allowed = found !== null && may(found.entry.permission);

  useLayoutEffect(() => {
    document.title = `${title} · Ballast`;
    // Whoever came by a link is at the new screen's heading, as on a new page; at once, so that
    // the focus is not taken from where they went meanwhile.
    if (document.activeElement !== document.body) heading.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    if (!found || !allowed) return;
    import(`../${found.entry.module}`).then(
      (module) => setView({ View: module.screen.view }),
      () => setProblem(problemOf(Object.assign(new Error("reload"), { title: "This screen cannot be loaded" }))),
    );
  }, []);

  return html`
    <h1 ref=${heading} tabindex="-1">${title}</h1>
    ${!found ? html`<p>There is no such screen. <a href=${HOME}>Go to the overview</a></p>` : null}
    ${found && !allowed ? html`<p>This needs ${found.entry.permission}, which you lack${access.value?.role ? ` as ${access.value.role}` : ""}.</p>` : null}
    <${ProblemNote} problem=${problem ?? (broken ? problemOf(broken) : null)} onRetry=${() => (broken ? mend() : location.reload())} />
    ${view && found && !broken ? html`<${view.View} params=${found.params} />` : found && allowed && !problem && !broken ? html`<${Loading} what=${title} />` : null}
  `;
}

/** Nobody is there: the way to stay. */
function Leaving() {
  if (leavesIn.value === null) return null;
  return html`<${Dialog} title="Are you still there?" onClose=${acted}>
    <p role="timer">You will be logged out in ${leavesIn.value} s.</p>
    <div class="actions"><button type="button" class="primary" data-first onClick=${acted}>Stay logged in</button>
      <button type="button" onClick=${() => void logOut()}>Log out</button></div>
  <//>`;
}
