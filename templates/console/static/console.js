// Everything works without this file: it adds keys, and lets hidden pages rest.
"use strict";
(() => {
  const typing = (at) => at.closest("input, textarea, select, [contenteditable]");
  const rows = () => [...document.querySelectorAll("[data-rows] tbody tr")];
  const focusRow = (step) => {
    const all = rows();
    if (!all.length) return;
    const here = all.findIndex((row) => row.contains(document.activeElement));
    const next = all[Math.min(all.length - 1, Math.max(0, here < 0 ? 0 : here + step))];
    (next.querySelector("a, button, input") || next).focus();
    next.scrollIntoView({ block: "nearest" });
  };
  const open = (selector) => {
    const target = document.querySelector(selector);
    if (!target) return;
    if (target.tagName === "A") return target.click();
    const box = target.closest("details") || target;
    if (box.tagName === "DETAILS") box.open = true;
    const first = box.querySelector("input:not([type=hidden]), select, textarea") || target;
    first.focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const doing = {
      j: () => focusRow(1),
      k: () => focusRow(-1),
      e: () => open("[data-key=e]"),
      a: () => open("[data-key=a]"),
      "/": () => (document.querySelector("#q") ? document.querySelector("#q").focus() : location.assign("/search")),
      n: () => location.assign("/"),
      "?": () => document.querySelector("#keys").showModal(),
    }[event.key];
    if (doing) {
      event.preventDefault();
      doing();
    }
  });
  // A part that keeps itself up to date rests while nobody sees it, or somebody is in it.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const at = event.detail.elt;
    const polls = (at.getAttribute("hx-trigger") || "").startsWith("every");
    if (polls && (document.hidden || at.contains(document.activeElement))) event.preventDefault();
  });
  for (const form of document.querySelectorAll("form[data-confirm]")) {
    form.addEventListener("submit", (event) => {
      if (!window.confirm(form.dataset.confirm)) event.preventDefault();
    });
  }
})();
