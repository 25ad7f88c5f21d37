// The foot of the phone: the account's menu, the text field, voice, and what hides behind the plus.

import { arrows, el, icon, iconButton, replace } from "./dom.js";
import { menuBar } from "./menu.js";
import { places } from "./places.js";
import { link, speak } from "./says.js";

const LONGEST = 2048;

export class Composer {
  /** `send(what)` gives a promise that is refused when the message could not be sent. */
  constructor({ send, sheets, choose }) {
    this.send = send;
    this.sheets = sheets;
    this.choose = choose;
    this.typing = true;
    this.field = el("textarea", { rows: 1, class: "field", "aria-label": "打字", placeholder: "打字，或者说话", enterkeyhint: "send", maxlength: LONGEST });
    this.go = el("button", { type: "button", class: "send", hidden: true, onclick: () => this.sendText() }, "发送");
    this.plus = iconButton("plus", "更多", () => this.#toggle(), { "aria-expanded": "false" });
    this.panel = this.#panel();
    this.line = el(
      "div",
      { class: "line" },
      iconButton("voice", "说话", () => this.#sheet("说话", speak)),
      this.field,
      this.plus,
      this.go,
    );
    this.bar = el("div", { class: "bar" });
    this.node = el("footer", { class: "composer" }, this.bar, this.panel);
    this.field.addEventListener("input", () => this.#fit());
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.sendText();
    });
    this.setMenu([]);
  }

  setMenu(buttons) {
    const source = JSON.stringify(buttons);
    if (source === this.menuSource) return;
    this.menuSource = source;
    const focused = this.bar.contains(document.activeElement);
    this.menu = buttons.length ? menuBar(buttons, this.choose) : null;
    this.typing = true; // WeChat opens on the menu; a newcomer here should see at once where to type
    this.#layout();
    if (focused) this.field.focus();
  }

  /** What has been typed and not sent. */
  get draft() {
    return this.field.value;
  }

  set draft(text) {
    this.field.value = text;
    this.#fit();
  }

  /** Send what stands in the field. It leaves the field only when it is on its way. */
  async sendText() {
    const text = this.field.value;
    if (!text.trim() || this.busy) return;
    this.busy = true;
    try {
      await this.send({ type: "text", text }, () => this.#sent(text));
      this.#sent(text);
    } catch {
      this.field.focus(); // why it was refused is being shown; the words stay
    } finally {
      this.busy = false;
    }
  }

  #sent(text) {
    this.busy = false;
    if (this.field.value === text) this.field.value = "";
    this.#fit();
  }

  #layout() {
    const toggle = this.menu && iconButton(this.typing ? "menu" : "keyboard", this.typing ? "打开菜单" : "打字", () => {
      this.typing = !this.typing;
      this.#layout();
      (this.typing ? this.field : this.bar.querySelector("button")).focus();
    });
    this.#close();
    replace(this.bar, toggle, this.typing ? this.line : this.menu);
  }

  #fit() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, 120)}px`;
    const something = Boolean(this.field.value.trim());
    this.go.hidden = !something;
    this.plus.hidden = something;
  }

  #toggle() {
    const open = this.panel.hidden;
    this.panel.hidden = !open;
    this.plus.setAttribute("aria-expanded", String(open));
    if (open) this.panel.querySelector("button").focus();
  }

  #close() {
    this.panel.hidden = true;
    this.plus.setAttribute("aria-expanded", "false");
  }

  #panel() {
    const tools = [
      ["image", "图片", () => this.#say({ type: "image" })],
      ["video", "视频", () => this.#say({ type: "video" })],
      ["smile", "表情", () => this.#say({ type: "unknown", kind: "sticker" })],
      ["place", "位置", () => this.#sheet("选个位置", places)],
      ["link", "链接", () => this.#sheet("发链接", link)],
      ["file", "文件", () => this.#say({ type: "unknown", kind: "file" })],
    ];
    const panel = el(
      "div",
      { class: "plus-panel", hidden: true, role: "group", "aria-label": "发别的东西" },
      tools.map(([drawing, name, onclick]) => el("button", { type: "button", class: "tool", onclick }, el("span", { class: "tool-icon" }, icon(drawing, 28)), name)),
    );
    panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.#close();
      this.plus.focus();
    });
    arrows(panel);
    return panel;
  }

  #say(what) {
    this.#close();
    this.send(what).catch(() => {});
    this.plus.focus();
  }

  #sheet(title, content) {
    this.#close();
    this.sheets.show(
      title,
      content((what) => {
        this.sheets.close();
        this.send(what).catch(() => {});
      }),
    );
  }
}
