// Pure.
/**
 * The style sheet of all pages: light and dark, from phones to wide screens.
 *
 * @module
 */

/** CSS. Colours have a contrast of at least 4.5 : 1 on their background (WCAG AA). */
export const STYLE = `:root {
  --paper: #ffffff; --panel: #f5f6f8; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de;
  --link: #0550ae; --good: #116329; --busy: #7d4e00; --bad: #a40e26; --bad-paper: #fff0ee;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #0f1318; --panel: #1a2028; --ink: #e6edf3; --soft: #9aa5b1; --line: #3a434e;
    --link: #79b8ff; --good: #56d364; --busy: #e3b341; --bad: #ff9492; --bad-paper: #35181b;
  }
}
* { box-sizing: border-box; }
html { color-scheme: light dark; }
body {
  margin: 0 auto; max-width: 72rem; padding: 0 1rem 3rem; overflow-wrap: anywhere;
  background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
}
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { position: static; }
header {
  display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline;
  border-bottom: 1px solid var(--line);
}
header p, header ul { margin: .75rem 0; }
header ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; padding: 0; }
.brand { font-weight: 700; }
.brand a { color: inherit; text-decoration: none; }
.mode { margin-left: auto; color: var(--soft); }
h1 { font-size: 1.5rem; line-height: 1.25; }
h2 { font-size: 1.25rem; margin: 2rem 0 .25rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .25rem; }
h4 { font-size: 1rem; margin: .25rem 0; }
small, .server, footer { color: var(--soft); }
p { margin: .5rem 0; }
code, pre, svg text { font-family: ui-monospace, monospace; font-size: .875rem; }
pre {
  overflow: auto; max-height: 24rem; padding: .75rem; background: var(--panel);
  border: 1px solid var(--line); border-radius: 6px; white-space: pre; overflow-wrap: normal;
}
summary { cursor: pointer; padding: .25rem 0; }
details > :not(summary) { margin-left: .5rem; }
.badge {
  display: inline-block; padding: 0 .5rem; border: 1px solid; border-radius: 1rem;
  font-size: .8125rem; font-weight: 600; white-space: nowrap;
}
.good { color: var(--good); } .busy { color: var(--busy); }
.bad { color: var(--bad); } .quiet { color: var(--soft); }
.card, .trouble {
  margin: .75rem 0; padding: .5rem .75rem; background: var(--panel);
  border: 1px solid var(--line); border-radius: 6px;
}
.done { margin: .75rem 0; padding: .25rem .75rem; background: var(--panel); border-left: 4px solid var(--good); }
.trouble { background: var(--bad-paper); border-left: 4px solid var(--bad); }
.obstacle { margin: .25rem 0; color: var(--busy); }
.progress { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: center; }
progress { width: min(20rem, 100%); height: .75rem; accent-color: var(--good); }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .5rem 1rem; }
.facts div { min-width: 0; }
.facts dt { color: var(--soft); font-size: .8125rem; }
.facts dd { margin: 0; }
.scroll { overflow: auto; max-height: 32rem; border: 1px solid var(--line); border-radius: 6px; }
.log { max-height: 20rem; }
table { border-collapse: collapse; width: 100%; overflow-wrap: normal; }
th, td { padding: .25rem .75rem; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
thead th { position: sticky; top: 0; background: var(--panel); border-top: 0; white-space: nowrap; }
td time, td code { white-space: nowrap; }
.plain, #log, .events { list-style: none; padding: 0; margin: .25rem 0; }
#log li, .events li { padding: .125rem .5rem; }
#log time, .events time { color: var(--soft); font-size: .875rem; }
#log .warn { color: var(--busy); } #log .error { color: var(--bad); }
svg { display: block; }
svg text { fill: var(--ink); }
.edge { fill: none; stroke: var(--soft); stroke-width: 1.5; }
.node { fill: var(--paper); stroke: var(--soft); stroke-width: 2; }
.node.applied { fill: var(--good); stroke: var(--good); }
.node.pending, .node.running { stroke: var(--busy); }
.node.failed, .node.dirty { fill: var(--bad); stroke: var(--bad); }
form { margin: .75rem 0; padding: .75rem; border: 1px solid var(--line); border-radius: 6px; }
form h2, form h3 { margin-top: 0; border: 0; }
label { display: block; margin: .5rem 0; }
label input { display: block; width: min(24rem, 100%); }
input, button {
  font: inherit; color: inherit; background: var(--paper); padding: .375rem .625rem;
  border: 1px solid var(--soft); border-radius: 6px; min-height: 2.5rem;
}
button { background: var(--panel); cursor: pointer; margin: .25rem .5rem .25rem 0; }
button.danger { color: var(--bad); border-color: var(--bad); }
footer { margin-top: 3rem; border-top: 1px solid var(--line); font-size: .875rem; }
@media print { .skip, nav, form, #connection { display: none; } .scroll, pre { max-height: none; } }
`;
