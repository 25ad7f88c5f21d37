// A sentence that appears for a while; trouble is said at once, and stays longer.

import { el, icon } from "./dom.js";

const LASTS = 6000;

export function toast(sentence) {
  const box = document.getElementById("toasts");
  if (box.lastChild?.textContent === sentence) return;
  const note = el("div", { class: "toast", role: "alert" }, icon("warning", 20), el("span", {}, sentence));
  box.append(note);
  while (box.children.length > 3) box.firstChild.remove();
  setTimeout(() => note.remove(), LASTS);
}
