// A sheet that slides up inside a phone: one at a time, Esc or the dark ground closes it, focus stays in it.

import { el, iconButton } from "./dom.js";

const FOCUSABLE = "button, input, textarea, select, [tabindex='0']";

export class Sheets {
  constructor(phone) {
    this.phone = phone;
    this.open = null;
  }

  /** Show `content` under `title`. Gives a function that closes the sheet. */
  show(title, content, { onclose = () => {} } = {}) {
    this.close();
    const before = document.activeElement;
    const sheet = el(
      "div",
      { class: "sheet", role: "dialog", "aria-modal": "true", "aria-label": title },
      el("div", { class: "sheet-head" }, el("h2", {}, title), iconButton("close", "关闭", () => this.close())),
      el("div", { class: "sheet-body" }, content),
    );
    const ground = el("div", { class: "sheet-ground", onclick: (event) => event.target === ground && this.close() }, sheet);
    ground.addEventListener("keydown", (event) => this.#keep(event, sheet));
    this.phone.append(ground);
    this.open = { ground, before, onclose };
    (sheet.querySelector("[data-first]") ?? sheet.querySelector(".sheet-body button, .sheet-body input, .sheet-body textarea") ?? sheet.querySelector("button")).focus();
    return () => this.close();
  }

  close() {
    if (!this.open) return;
    const { ground, before, onclose } = this.open;
    this.open = null;
    ground.remove();
    onclose();
    if (before?.isConnected) before.focus();
  }

  #keep(event, sheet) {
    if (event.key === "Escape") {
      event.stopPropagation();
      this.close();
    }
    if (event.key !== "Tab") return;
    const items = [...sheet.querySelectorAll(FOCUSABLE)].filter((item) => !item.disabled && item.offsetParent !== null);
    const edge = event.shiftKey ? items[0] : items.at(-1);
    if (document.activeElement !== edge) return;
    event.preventDefault();
    (event.shiftKey ? items.at(-1) : items[0]).focus();
  }
}
