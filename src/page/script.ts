// Pure.
/**
 * The script of the pages: it shows what changes while a page is open. Nothing depends on it.
 *
 * @module
 */

/** JavaScript for every browser since 2020. The server has escaped all that it puts into the page. */
export const SCRIPT = `"use strict";
(() => {
  const path = document.body.dataset.stream;
  if (!path || !("EventSource" in window)) return;
  const MOST_LINES = 500;
  const connection = document.getElementById("connection");
  const say = (text) => {
    if (connection && connection.textContent !== text) connection.textContent = text;
  };

  // What a person has opened, scrolled and focused stays so.
  const replace = (id, markup) => {
    const element = document.getElementById(id);
    if (!element) return;
    const keyOf = (one, index) =>
      one.id || (one.querySelector(":scope > summary")?.textContent ?? "").replace(/\\d+$/, "") + index;
    const open = new Map(
      [...element.querySelectorAll("details")].map((one, i) => [keyOf(one, i), one.open]),
    );
    const scrolled = [...element.querySelectorAll(".scroll, pre")].map((one) => [one.scrollLeft, one.scrollTop]);
    const focusable = "a, summary, [tabindex]";
    const focused = [...element.querySelectorAll(focusable)].indexOf(document.activeElement);
    element.innerHTML = markup;
    [...element.querySelectorAll("details")].forEach((one, i) => {
      const was = open.get(keyOf(one, i));
      if (was !== undefined) one.open = was;
    });
    [...element.querySelectorAll(".scroll, pre")].forEach((one, i) => {
      if (scrolled[i]) [one.scrollLeft, one.scrollTop] = scrolled[i];
    });
    if (focused >= 0) element.querySelectorAll(focusable)[focused]?.focus({ preventScroll: true });
  };

  const listen = () => {
    const stream = new EventSource(path);
    stream.addEventListener("open", () => say("Shown as it happens."));
    stream.addEventListener("error", () => say("The connection is interrupted; this may be old."));
    stream.addEventListener("panel", ({ data }) => {
      const { id, html } = JSON.parse(data);
      replace(id, html);
    });
    stream.addEventListener("log", ({ data }) => addLine(JSON.parse(data).html));
    return stream;
  };
  const addLine = (markup) => {
    const log = document.getElementById("log");
    if (!log) return;
    const box = log.parentElement;
    const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
    log.insertAdjacentHTML("beforeend", markup);
    while (log.children.length > MOST_LINES) log.firstElementChild.remove();
    if (isAtEnd) box.scrollTop = box.scrollHeight;
  };

  // A browser opens few connections to one server, so a page that nobody sees keeps none.
  let stream;
  const follow = () => {
    stream?.close();
    stream = document.hidden ? undefined : listen();
  };
  document.addEventListener("visibilitychange", follow);
  follow();
})();
`;
