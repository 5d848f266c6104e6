"""Scripts that a page is given for a measurement: its clock is the one that counts."""

# Notes when the log-in is painted, and how long after each key its answer is: in the frame after
# the change, once that frame's work is done.
PROBE = """
window.benchKeys = [];
const painted = (then) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => then(performance.now());
    channel.port2.postMessage(0);
});
new MutationObserver((_, watch) => {
    if (!document.querySelector('form[aria-label="Log in"] input')) return;
    watch.disconnect();
    painted((at) => { window.benchForm = at; });
}).observe(document, { childList: true, subtree: true });
addEventListener("input", (event) => {
    painted((at) => window.benchKeys.push(at - event.timeStamp));
}, { capture: true });
window.benchSockets = [];
window.WebSocket = class extends WebSocket {
    constructor(...given) {
        super(...given);
        window.benchSockets.push(this);
    }
};
"""

# Bytes of script and style as they came, packed; what was kept from before counts as what it was.
SETTLED = """performance.getEntriesByType("resource")
    .filter((one) => /\\.(js|css)$/.test(new URL(one.name).pathname))
    .reduce((sum, one) => sum + one.encodedBodySize, 0)"""
