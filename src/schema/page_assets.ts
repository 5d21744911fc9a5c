// Pure.
/**
 * The style and the script of the schema's HTML page.
 *
 * @module
 */

export const PAGE_STYLE = `
:root { color-scheme: light dark; --line: #8886; --soft: #8882; --link: light-dark(#0550ae, #79b8ff); }
* { box-sizing: border-box; }
body { margin: 0; display: flex; font: 14px/1.45 system-ui, sans-serif; }
nav { width: 22rem; height: 100vh; position: sticky; top: 0; flex: none; display: flex; flex-direction: column;
  padding: 0.75rem; border-right: 1px solid var(--line); }
nav h1 { margin: 0 0 0.5rem; font-size: 1.2rem; }
nav ul { list-style: none; margin: 0; padding: 0; overflow: auto; flex: 1; }
nav li { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; content-visibility: auto;
  contain-intrinsic-size: auto 1.45em; }
#search { width: 100%; padding: 0.4rem; font: inherit; }
#count { margin: 0.4rem 0; opacity: 0.7; }
main { flex: 1; min-width: 0; padding: 0.75rem 1.5rem 50vh; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
i { font-style: normal; font-size: 0.8em; opacity: 0.65; }
article { border-top: 1px solid var(--line); padding: 0.5rem 0 1rem; content-visibility: auto;
  contain-intrinsic-size: auto 24rem; }
article:target { outline: 2px solid var(--link); outline-offset: 4px; }
h2 { margin: 0.5rem 0; font-size: 1.1rem; }
h3 { margin: 0.75rem 0 0.25rem; font-size: 0.95rem; }
.maker { margin: 0.1rem 0; font-size: 0.85em; opacity: 0.75; }
table { border-collapse: collapse; }
td, th { text-align: left; padding: 0.15rem 0.75rem 0.15rem 0; border-bottom: 1px solid var(--soft);
  vertical-align: top; }
td:nth-child(3) { white-space: nowrap; }
td:nth-child(-n+4), code, pre { font-family: ui-monospace, monospace; font-size: 0.92em; }
pre { margin: 0; white-space: pre-wrap; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1rem; margin: 0.5rem 0; }
dt { opacity: 0.7; }
dd { margin: 0; }
.scroll { overflow: auto; max-height: 90vh; margin: 0.5rem 0; }
.er text { font: 11px ui-monospace, monospace; fill: currentColor; }
.er .name { font-weight: 600; }
.er rect { fill: light-dark(#f0f0f0, #262626); stroke: #888; }
.er path { fill: none; stroke: #888; }
.er path:hover { stroke: var(--link); stroke-width: 3; }
@media print { nav { display: none; } article, nav li { content-visibility: visible; } }
`;

export const PAGE_SCRIPT = `
const search = document.getElementById("search");
const count = document.getElementById("count");
const items = [...document.querySelectorAll("nav li")];
function filter() {
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let shown = 0;
  for (const item of items) {
    item.hidden = !words.every((word) => item.dataset.words.includes(word));
    if (!item.hidden) shown++;
  }
  count.textContent = shown + " of " + items.length + " objects";
}
search.addEventListener("input", filter);
addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== search) {
    event.preventDefault();
    search.select();
  }
  if (event.key === "Enter" && document.activeElement === search) {
    items.find((item) => !item.hidden)?.querySelector("a").click();
  }
});
`;
