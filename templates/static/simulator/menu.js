// The account's own menu at the foot of the chat: up to three buttons, each with a little list.

import { arrows, el, icon } from "./dom.js";

/** `choose(item)` gets the tapped item; sub-menus open above their button. */
export function menuBar(buttons, choose) {
  const bar = el("nav", { class: "menu-bar", "aria-label": "公众号菜单" });
  const shut = () => {
    bar.querySelectorAll(".sub-menu").forEach((list) => list.remove());
    bar.querySelectorAll("[aria-expanded=true]").forEach((button) => button.setAttribute("aria-expanded", "false"));
  };
  bar.append(...buttons.map((button) => top(button)));
  bar.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !bar.querySelector(".sub-menu")) return;
    event.stopPropagation();
    const open = bar.querySelector("[aria-expanded=true]");
    shut();
    open?.focus();
  });
  document.addEventListener("click", (event) => bar.isConnected && !bar.contains(event.target) && shut());
  arrows(bar, ".menu-button");

  function top(button) {
    const items = button.sub_button ?? [];
    const holder = el("div", { class: "menu-slot" });
    const main = el("button", { type: "button", class: "menu-button", "aria-haspopup": items.length ? "true" : false, "aria-expanded": items.length ? "false" : false }, items.length ? el("span", { class: "bars", "aria-hidden": "true" }) : null, button.name);
    main.addEventListener("click", () => {
      const open = main.getAttribute("aria-expanded") === "true";
      shut();
      if (!items.length) return choose(button);
      if (!open) unfold(holder, main, items);
    });
    holder.append(main);
    return holder;
  }

  function unfold(holder, main, items) {
    main.setAttribute("aria-expanded", "true");
    const list = el(
      "div",
      { class: "sub-menu", role: "group", "aria-label": main.textContent },
      items.map((item) =>
        el("button", { type: "button", class: "sub-button", onclick: () => (shut(), choose(item)) }, item.name, item.type === "miniprogram" ? icon("mini", 16) : null),
      ),
    );
    arrows(list, ".sub-button");
    holder.append(list);
    list.querySelector("button").focus();
  }

  return bar;
}
