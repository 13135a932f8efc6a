#include "report_sections.hpp"

namespace cislens {

std::string_view report_style() {
  return R"css(
:root {
  color-scheme: light dark;
  --paper: #ffffff; --wash: #f5f6f4; --ink: #1c2227; --quiet: #5e6871; --rule: #dde1e3; --strong-rule: #aab2b8;
  --accent: #1f5f8f; --accent-wash: #dbe7f0; --warn: #8a5a00; --warn-wash: #fdf5e2;
  --serif: Charter, "Bitstream Charter", "Source Serif 4", Cambria, Georgia, serif;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  --mono: ui-monospace, "SF Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181b; --wash: #1c2125; --ink: #e3e6e8; --quiet: #99a3ab; --rule: #2d353b; --strong-rule: #566069;
    --accent: #82b8de; --accent-wash: #24384a; --warn: #e5bd6b; --warn-wash: #2c2617;
  }
  .base-A { fill: #3fbf78; } .base-C { fill: #5d9ee6; } .base-G { fill: #f2b134; } .base-T { fill: #ea5f63; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 var(--sans); }
main { max-width: 1240px; margin: 0 auto; padding: 44px 28px 60px; }
h1, h2 { font-family: var(--serif); font-weight: 600; line-height: 1.2; text-wrap: balance; }
h1 { font-size: 34px; margin: 4px 0 6px; overflow-wrap: anywhere; letter-spacing: -0.01em; }
h2 { font-size: 23px; margin: 0 0 10px; display: flex; align-items: baseline; gap: 14px; }
h3 { font-size: 14px; margin: 0 0 4px; }
p { margin: 0 0 10px; } a { color: var(--accent); }
.made { color: var(--quiet); font-size: 13px; margin: 0; letter-spacing: 0.02em; }
.question { font-family: var(--serif); font-size: 18px; color: var(--quiet); max-width: 46em; }
nav { display: flex; flex-wrap: wrap; gap: 4px 20px; padding: 9px 0; margin: 16px 0 26px; font-size: 14px;
  border: solid var(--rule); border-width: 1px 0; }
nav a { color: var(--accent); text-decoration: none; }
nav a:hover { text-decoration: underline; }
section { margin: 0 0 46px; scroll-margin-top: 16px; }
.answer { font-family: var(--serif); font-size: 20px; line-height: 1.4; max-width: 44em; margin-bottom: 18px; }
.answer strong { font-weight: 650; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(205px, 1fr)); gap: 1px; margin: 0 0 18px;
  background: var(--paper); border: 1px solid var(--rule); border-radius: 6px; overflow: hidden; }
.tile { background: var(--paper); padding: 13px 16px 12px; box-shadow: 0 0 0 1px var(--rule); }
.tile dt { color: var(--quiet); font-size: 13px; }
.tile dd { margin: 0; font: 600 24px/1.3 var(--serif); font-variant-numeric: lining-nums tabular-nums; }
.tile dd.note { font: 13px/1.4 var(--sans); color: var(--quiet); overflow-wrap: anywhere; }
.warnings { background: var(--warn-wash); border-left: 3px solid var(--warn); padding: 10px 16px; border-radius: 0 5px 5px 0; }
.warnings h3 { color: var(--warn); }
.warnings ul { margin: 0; padding-left: 18px; }
.caption { color: var(--quiet); font-size: 13.5px; line-height: 1.45; max-width: 62em; }
.empty { font-family: var(--serif); font-size: 18px; padding: 22px; background: var(--wash); border-radius: 6px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: lining-nums tabular-nums; }
th, td { padding: 9px 10px; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule); }
th:first-child, td:first-child { padding-left: 4px; }
th:last-child, td:last-child { padding-right: 4px; }
thead th { border-bottom: 1.5px solid var(--strong-rule); padding-top: 4px; padding-bottom: 5px; white-space: nowrap;
  vertical-align: bottom; }
.n { text-align: right; }
thead button { all: unset; font: 600 13px var(--sans); color: var(--quiet); cursor: pointer; }
thead button:hover, thead button:focus-visible { color: var(--ink); text-decoration: underline; text-underline-offset: 3px; }
thead th[aria-sort] button { color: var(--accent); }
th[aria-sort="ascending"] button::after { content: " \2191"; }
th[aria-sort="descending"] button::after { content: " \2193"; }
sup { font-size: 0.72em; line-height: 0; }
td { white-space: nowrap; }
.sub { display: block; color: var(--quiet); font-size: 13px; white-space: normal; overflow-wrap: anywhere; max-width: 14em; }
.sub.tight, #heads .sub { white-space: nowrap; } .n .sub { margin-left: auto; }
.name { display: block; white-space: normal; overflow-wrap: anywhere; max-width: 13em; }
.quiet { color: var(--quiet); fill: var(--quiet); }
.swatch { display: inline-block; width: 9px; height: 9px; border-radius: 2px; margin-right: 7px; background: currentColor; }
code { font-family: var(--mono); font-size: 12.5px; }
#motifs td code { display: block; color: var(--quiet); padding-left: 28px; letter-spacing: 0.03em; }
.logo { display: block; color: var(--quiet); }
.turned, .show-turned .given { display: none; }
.show-turned .turned { display: block; }
button.turn, #turn-all { font: 12px var(--sans); color: var(--accent); background: none; border: 0; cursor: pointer;
  padding: 1px 0 0 28px; }
#turn-all { padding: 0; font-size: 13px; }
button.turn:hover, #turn-all:hover { text-decoration: underline; }
.no-script button.turn, .no-script #turn-all { display: none; }
.bar { display: block; height: 4px; min-width: 74px; margin: 4px 0 1px; background: var(--accent-wash); border-radius: 2px; }
.bar i { display: block; height: 100%; background: var(--accent); border-radius: 2px; }
.bar-text { color: var(--quiet); font-size: 13px; }
#heads .bar { width: 84px; margin-left: auto; }
.head-share { display: grid; grid-template-columns: auto 1fr auto; gap: 7px; align-items: center; font-size: 13px; }
.head-share .bar { min-width: 34px; margin: 0; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(380px, 1fr)); gap: 26px; }
.grid-figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(320px, 1fr)); gap: 22px 30px; }
figure { margin: 0; break-inside: avoid; }
figcaption { font-size: 14px; margin-bottom: 4px; }
.plot figcaption { font-weight: 600; }
.key { font-weight: 400; font-size: 13px; color: var(--quiet); margin-left: 16px; }
.key i { display: inline-block; width: 18px; border-top: 2px solid; vertical-align: middle; margin-right: 6px; }
svg text { font-family: var(--sans); font-size: 11.5px; fill: var(--quiet); font-variant-numeric: tabular-nums; }
figure svg { width: 100%; height: auto; display: block; }
.axis { fill: none; stroke: var(--strong-rule); } .grid { fill: none; stroke: var(--rule); }
.curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
.train .curve, .key.train i { stroke: var(--strong-rule); border-color: var(--strong-rule); } .train circle { fill: var(--strong-rule); }
.validation .curve, .key.validation i { stroke: var(--accent); border-color: var(--accent); } .validation circle { fill: var(--accent); }
.chosen { stroke: var(--quiet); stroke-dasharray: 3 3; }
.bars { fill: currentColor; fill-opacity: 0.8; } .expected { stroke: var(--ink); stroke-opacity: 0.45; stroke-dasharray: 4 3; fill: none; }
figure.fixed svg, svg.distances, svg.interval { width: auto; max-width: 100%; }
svg.distances, svg.interval { display: block; margin-left: auto; } svg text.tiny { font-size: 9.5px; }
svg.distances { color: var(--accent); } svg.interval { color: var(--accent); }
.whisker { stroke: var(--ink); fill: none; stroke-width: 1.2; }
.heat rect { fill: var(--accent); } .heat.less rect { fill: var(--warn); } .heat text { fill: var(--ink); }
.heat text.on { fill: var(--paper); }
.plots.heads { display: flex; flex-wrap: wrap; align-items: flex-start; margin-top: 20px; }
.worth { fill: var(--accent); } .worth.less { fill: var(--warn); fill-opacity: 0.6; }
.example { margin-bottom: 8px; } .example figcaption { font-size: 13px; margin-bottom: 0; overflow-wrap: anywhere; }
.site path { fill: currentColor; } .site text { fill: #fff; font-weight: 600; font-size: 11px; }
text.letters { font-family: var(--mono); font-size: 9.5px; fill: var(--quiet); }
text.letters .in { fill: var(--ink); font-weight: 700; }
.m0 { color: #3d6f9e; } .m1 { color: #c8702a; } .m2 { color: #4c8c4a; } .m3 { color: #96599a; }
.m4 { color: #b8484c; } .m5 { color: #3b8d8a; } .m6 { color: #8a6a4f; } .m7 { color: #a5892a; }
.null-band { fill: var(--ink); fill-opacity: 0.1; }
.network .edge { fill: none; stroke: var(--accent); stroke-opacity: 0.55; stroke-linecap: round; }
.network .node { fill: currentColor; stroke: var(--paper); stroke-width: 1.5; } .network text { fill: var(--ink); }
.plot.fixed svg.network { width: 640px; overflow: visible; }
#pairs h3, #pairs > figure.plot { margin-top: 30px; } #pairs .scroll + h3 { margin-top: 34px; }
.scroll svg.example { min-width: 720px; } header + section { margin-top: 34px; }
table.narrow { width: auto; } table.narrow th { font-size: 13px; color: var(--quiet); }
table.narrow th, table.narrow td { padding-right: 26px; }
.arc path { fill: none; stroke: var(--accent); stroke-opacity: 0.75; } .arc circle { fill: var(--accent); }
.arc.less path { stroke: var(--warn); } .arc.less circle { fill: var(--warn); }
.arc circle { stroke: var(--paper); stroke-width: 1.5; } .arc:hover path { stroke-opacity: 1; stroke: var(--ink); }
.key.arc-more { margin-left: 0; } .key.arc-more i { border-top: 4px solid var(--accent); }
.key.arc-less i { border-top: 4px solid var(--warn); }
.key.arc-called i { width: 9px; height: 9px; border: 0; border-radius: 50%; background: var(--ink); }
.facts { width: auto; max-width: 100%; margin-bottom: 16px; }
.facts th { font-weight: 400; color: var(--quiet); white-space: nowrap; }
.facts th, .facts td { padding: 5px 22px 5px 0; white-space: normal; overflow-wrap: anywhere; }
.prose { max-width: 46em; font-family: var(--serif); font-size: 16.5px; }
pre { font: 13px/1.5 var(--mono); background: var(--wash); padding: 13px 16px; border-radius: 6px; white-space: pre-wrap;
  overflow-wrap: anywhere; margin: 0 0 16px; }
#run td { white-space: normal; overflow-wrap: anywhere; }
details { margin: 12px 0; } summary { cursor: pointer; color: var(--accent); margin-bottom: 6px; }
footer { color: var(--quiet); font-size: 13px; border-top: 1px solid var(--rule); padding-top: 14px; }
@media (max-width: 600px) {
  main { padding: 28px 16px 40px; } h1 { font-size: 27px; } .answer { font-size: 18px; }
  .tiles { grid-template-columns: 1fr 1fr; } .tile { padding: 10px 12px; } .tile dd { font-size: 20px; }
  .plots { grid-template-columns: 1fr; } .network text { font-size: 19px; }
}
@media print {
  :root { --paper: #fff; --ink: #000; --quiet: #444; --rule: #ccc; --strong-rule: #888; --accent: #1f5f8f; --accent-wash: #dbe7f0; }
  body { font-size: 10pt; } main { max-width: none; padding: 0; }
  nav, button.turn, #turn-all { display: none; }
  section { margin-bottom: 22pt; } tr, .tile, aside { break-inside: avoid; } h2 { break-after: avoid; }
  .scroll { overflow: visible; }
  th, td { padding: 5px 7px; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
)css";
}

std::string_view report_script() {
  return R"js(
'use strict';
document.body.classList.remove('no-script');
for (const button of document.querySelectorAll('button.turn'))
  button.addEventListener('click', () => button.closest('td').classList.toggle('show-turned'));
const all = document.getElementById('turn-all');
if (all) all.addEventListener('click', () => {
  const cells = [...document.querySelectorAll('button.turn')].map(button => button.closest('td'));
  const turn = !cells.every(cell => cell.classList.contains('show-turned'));
  for (const cell of cells) cell.classList.toggle('show-turned', turn);
});
function sort(table, column, heading) {
  const upward = heading.getAttribute('aria-sort') !== 'ascending';
  const number = heading.classList.contains('n');
  for (const other of heading.parentNode.children) other.removeAttribute('aria-sort');
  heading.setAttribute('aria-sort', upward ? 'ascending' : 'descending');
  const key = row => row.cells[column].dataset.key;
  const order = (a, b) => number ? Number(a) - Number(b) : a.localeCompare(b, 'en', {numeric: true});
  const body = table.tBodies[0];
  const known = value => value !== '' && value !== 'nan';
  const rows = [...body.rows].sort((a, b) => {
    const x = key(a), y = key(b);
    if (!known(x) || !known(y)) return known(y) - known(x);
    return upward ? order(x, y) : order(y, x);
  });
  body.append(...rows);
}
for (const table of document.querySelectorAll('table.sortable'))
  [...table.tHead.rows[0].cells].forEach((heading, column) =>
    heading.firstElementChild.addEventListener('click', () => sort(table, column, heading)));
addEventListener('beforeprint', () => { for (const part of document.querySelectorAll('details')) part.open = true; });
)js";
}

}  // namespace cislens
