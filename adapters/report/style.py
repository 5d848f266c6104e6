"""Hold the page's style: one sheet, light and dark, for screen and paper."""

STYLE = """
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1a2230; --soft: #5b6678; --faint: #8a94a6;
  --rule: #e3e7ee; --grid: #edf0f5; --line: #2457c5; --area: #2457c5; --fall: #c2363b;
  --share: #7a5ac8; --gain: 20, 138, 86; --loss: 200, 53, 58; --bar: #b4712b; --warn: #8a5a00;
  --warn-page: #fff4d6;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f141b; --card: #171e28; --ink: #e6ebf3; --soft: #a3aec0; --faint: #74809a;
    --rule: #273142; --grid: #212a38; --line: #76a3ff; --area: #76a3ff; --fall: #f0777b;
    --share: #b59cf5; --gain: 47, 178, 117; --loss: 226, 88, 92; --bar: #dd9a52; --warn: #ffd479;
    --warn-page: #3a2f12;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  font-variant-numeric: tabular-nums;
}
main { max-width: 1080px; margin: 0 auto; padding: 32px 20px 48px; }
header { margin-bottom: 20px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -0.01em; }
h2 { font-size: 16px; margin: 0; }
header p, .note { color: var(--soft); margin: 0; }
.warning {
  background: var(--warn-page); color: var(--warn); border-radius: 8px;
  padding: 10px 14px; margin: 0 0 16px; font-weight: 600;
}
.tiles { display: grid; grid-template-columns: repeat(3, 1fr); gap: 12px; }
@media (max-width: 760px) { .tiles { grid-template-columns: 1fr 1fr; } }
.tile, section {
  background: var(--card); border: 1px solid var(--rule); border-radius: 10px;
}
.tile { padding: 12px 14px; }
.tile dt { color: var(--soft); font-size: 13px; }
.tile dd { margin: 2px 0 0; font-size: 22px; font-weight: 650; letter-spacing: -0.01em; }
.tile small { display: block; color: var(--faint); font-size: 12px; font-weight: 400;
  letter-spacing: 0; }
dl { margin: 0; }
section { padding: 16px 18px; margin-top: 16px; break-inside: avoid; }
section > .note { font-size: 13px; margin: 2px 0 10px; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; }
.pair section { min-width: 0; }
@media (max-width: 760px) { .pair { grid-template-columns: 1fr; gap: 0; } }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font-size: 11px; font-family: inherit; }
svg .figure { fill: var(--ink); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; }
th, td { padding: 6px 10px; text-align: right; border-bottom: 1px solid var(--rule); }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
td.text, th.text { text-align: left; }
tbody tr:last-child td { border-bottom: 0; }
.months td, .months th { text-align: center; padding: 5px 4px; border: 2px solid var(--card); }
.months td { min-width: 52px; border-radius: 5px; }
.months th:first-child { text-align: left; padding-left: 0; }
.months td.year { font-weight: 650; }
.months td.none { color: var(--faint); }
.facts td { text-align: left; overflow-wrap: anywhere; }
.facts td:first-child { color: var(--soft); width: 220px; }
code { font: 12.5px/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
footer { color: var(--faint); font-size: 13px; margin-top: 20px; }
@media print { body { background: #fff; } main { max-width: none; padding: 0; } }
"""
