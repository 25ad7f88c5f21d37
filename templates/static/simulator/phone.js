// One phone: a follower, their chat with the account, and what they can do there.

import { api, Refused } from "./api.js";
import { entry, jump } from "./bubbles.js";
import { Composer } from "./composer.js";
import { profile, welcome } from "./card.js";
import { el, icon, iconButton, replace } from "./dom.js";
import { scan } from "./says.js";
import { Sheets } from "./sheet.js";
import { toast } from "./toast.js";
import { hhmm, stamp } from "./when.js";
import { ACCOUNT } from "./words.js";

const BUSY = 300;
const IDLE = 1000;
const HIDDEN = 5000;
const GAP = 5 * 60_000;

export class Phone {
  /** `on`: changed(chat), inspect(id, phone), touched(phone), people(), tools(). */
  constructor(person, on) {
    this.person = person;
    this.on = on;
    this.menu = [];
    this.version = "";
    this.shown = new Map();
    this.sending = [];
    this.now = Date.now();
    this.act = this.#acts();
    this.#build();
    this.poll();
  }

  #build() {
    this.clock = el("span", { class: "status-time" });
    this.title = el("h1", {}, ACCOUNT);
    this.status = el("p", { class: "subtitle" });
    this.head = el(
      "header",
      { class: "phone-head" },
      iconButton("people", "换一个关注者", () => this.on.people(), { class: "icon-button only-narrow" }),
      el("span", { class: "icon-button back", "aria-hidden": "true" }, icon("back")),
      el("div", { class: "phone-title" }, this.title, this.status),
      iconButton("tune", "时间和故障", () => this.on.tools(), { class: "icon-button only-narrow" }),
      iconButton("more", "公众号资料", () => this.#options(), { "data-options": true }),
    );
    this.list = el("div", { class: "chat-list", role: "log", "aria-live": "polite", "aria-label": "聊天记录" });
    this.dots = el("div", { class: "row theirs typing", hidden: true }, el("img", { class: "avatar", src: "/simulator/static/account.svg", alt: "", width: 40, height: 40 }), el("div", { class: "bubble dots" }, el("i"), el("i"), el("i")));
    this.empty = welcome((question) => this.send({ type: "text", text: question }).catch(() => {}));
    this.chat = el("div", { class: "chat", tabindex: "0", role: "region", "aria-label": "聊天" }, this.empty, this.list, this.dots);
    this.down = jump(() => this.toEnd());
    this.chat.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.atEnd && this.toEnd()).observe(this.chat);
    this.body = el("div", { class: "phone-body" });
    this.screen = el("div", { class: "screen" }, el("div", { class: "status-bar", "aria-hidden": "true" }, this.clock, el("span", { class: "signal" })), this.head, this.body);
    this.sheets = new Sheets(this.screen);
    this.composer = new Composer({ send: (what, underway) => this.send(what, underway), sheets: this.sheets, choose: (item) => this.#choose(item) });
    this.composer.node.prepend(this.down);
    this.card = profile({
      follow: () => this.send({ type: "follow" }).then(() => this.focus()).catch(() => {}),
      ask: (text) => this.send({ type: "follow" }).then(() => this.send({ type: "text", text })).then(() => this.focus()).catch(() => {}),
      scan: () => this.#scan(),
    });
    this.node = el("section", { class: "phone", "aria-label": `${this.person.name}的手机` }, this.screen);
    this.node.addEventListener("focusin", () => this.on.touched(this));
    this.node.addEventListener("pointerdown", () => this.on.touched(this));
  }

  focus() {
    const { bar } = this.composer;
    (this.following ? (bar.querySelector("textarea") ?? bar.querySelector("button")) : this.card.querySelector("button"))?.focus();
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.node.remove();
  }

  setMenu(menu) {
    this.menu = menu;
    this.composer.setMenu(menu);
  }

  // --- sending ---

  /** Say it. `underway` is called once it is seen on its way. Refused with a toast when it cannot be sent. */
  async send(what, underway = () => {}) {
    const note = { after: this.newest ?? 0, underway };
    this.sending.push(note);
    const early = setTimeout(() => this.poll(), 60);
    try {
      await api.send(this.person.openid, what);
    } catch (error) {
      toast(error instanceof Refused ? error.message : "没有发出去，请再试一次。");
      throw error;
    } finally {
      clearTimeout(early);
      this.sending.splice(this.sending.indexOf(note), 1);
      this.poll();
    }
  }

  #choose(item) {
    if (item.type === "miniprogram") return this.act.mini(item.appid ?? "", item.pagepath ?? "", item.name);
    if (item.type === "view") {
      this.act.open(item.url);
      return this.send({ type: "view", url: item.url }).catch(() => {});
    }
    return this.send({ type: "click", key: item.key }).catch(() => {});
  }

  #acts() {
    const told = (drawing, lines) => el("div", { class: "leaving" }, icon(drawing, 44), lines.map((line) => el("p", {}, line)));
    return {
      tap: (text, id) => this.send({ type: "tap", text, menu_id: id }).catch(() => {}),
      mini: (appid, path, label) => this.sheets.show("将打开小程序", told("mini", [label, `页面：${path || "首页"}`, "模拟器里还没有小程序，到这里为止。"])),
      call: (number) => this.sheets.show(`拨打 ${number}`, told("phone", [number, "真手机上会问要不要拨打；这里不会真的拨出去。"])),
      open: (url) => this.sheets.show("将打开网页", told("link", [url, "模拟器不上网，到这里为止。"])),
    };
  }

  #scan() {
    this.sheets.show("扫一扫", scan((what) => {
      this.sheets.close();
      this.send(what).then(() => this.focus()).catch(() => {});
    }));
  }

  #options() {
    const row = (drawing, name, note, onclick) => el("button", { type: "button", class: "row-button", onclick: () => (this.sheets.close(), onclick()) }, icon(drawing, 26), el("span", {}, el("strong", {}, name), el("small", {}, note)));
    const rows = [
      row("scan", "扫一扫", "扫窗口、招聘会、村里、车站的二维码", () => this.#scan()),
      this.following ? row("close", "取消关注", "不再收到这个公众号的消息", () => this.send({ type: "unfollow" }).catch(() => {})) : null,
    ];
    const about = el("div", { class: "about" }, el("img", { src: "/simulator/static/account.svg", alt: "", width: 56, height: 56 }), el("div", {}, el("strong", {}, ACCOUNT), el("p", {}, "六枝特区人力资源和社会保障局")));
    this.sheets.show("公众号资料", [about, el("div", { class: "rows" }, rows)]);
  }

  // --- showing ---

  /** Ask what is new, show it, and come back: soon while something is on its way. */
  async poll() {
    clearTimeout(this.timer);
    if (this.closed) return;
    const ticket = (this.ticket = (this.ticket ?? 0) + 1);
    let pause = IDLE;
    try {
      const chat = await api.chat(this.person.openid, this.version);
      if (this.closed || ticket !== this.ticket) return;
      this.#show(chat);
      if (chat.waiting || this.sending.length) pause = BUSY;
      if (this.lost) this.lost = false;
    } catch (error) {
      if (ticket !== this.ticket) return;
      if (!this.lost) toast(error instanceof Refused ? error.message : "页面出了点问题，请刷新。");
      this.lost = true;
      this.status.textContent = "连不上服务，正在重试…";
      pause = 2000;
      if (!(error instanceof Refused)) console.error(error);
    }
    this.timer = setTimeout(() => this.poll(), document.hidden ? HIDDEN : pause);
  }

  #show(chat) {
    this.now = Date.parse(chat.at);
    this.clock.textContent = hhmm(this.now);
    this.#settle(chat.following);
    if (chat.items) {
      this.version = chat.version;
      this.#merge(chat.items);
    }
    this.#typing(chat.waiting);
    this.on.changed(chat, this);
  }

  /** Chat and text field for who follows; the account's card for who does not. */
  #settle(following) {
    if (this.following === following) return;
    this.following = following;
    const inside = this.body.contains(document.activeElement);
    replace(this.body, ...(following ? [this.chat, this.composer.node] : [this.card]));
    this.node.classList.toggle("stranger", !following);
    if (inside) this.focus();
    if (following) this.toEnd();
  }

  #typing(waiting) {
    this.title.textContent = waiting ? "对方正在输入…" : ACCOUNT;
    this.status.textContent = `${this.person.name}的手机`;
    if (this.dots.hidden === !waiting) return;
    const near = this.#near();
    this.dots.hidden = !waiting;
    if (near && waiting) this.toEnd();
  }

  #merge(items) {
    const near = this.#near();
    const known = this.newest ?? 0;
    if (!items.length && this.shown.size) toast("模拟器重新启动过，这里的聊天记录清空了。公众号还记得这位群众，点“关注”就能接着聊。");
    const ids = new Set(items.map((item) => item.id));
    for (const [id, one] of this.shown) if (!ids.has(id)) this.#drop(id, one);
    let before = null;
    for (const item of items) {
      this.#place(item, before);
      before = Date.parse(item.at);
    }
    this.newest = items.at(-1)?.id ?? 0;
    this.empty.hidden = items.some((item) => item.said?.type === "text" || item.from === "account");
    const fresh = items.filter((item) => item.id > known);
    const own = fresh.some((item) => item.from === "follower");
    if (own) for (const note of this.sending) if (this.newest > note.after) note.underway();
    if (near || own || !known) this.#toNewest(items);
    else if (fresh.length) this.down.hidden = false;
  }

  #place(item, before) {
    const at = Date.parse(item.at);
    const stamped = before === null || Math.abs(at - before) >= GAP ? stamp(at, this.now) : "";
    const key = JSON.stringify([item, stamped, this.menu.length]);
    const old = this.shown.get(item.id);
    if (old?.key === key) return;
    const node = el("div", { class: "entry", "data-id": item.id, "aria-live": item.from === "follower" ? "off" : false }, stamped ? el("time", { class: "stamp", datetime: item.at }, stamped) : null, entry(item, this));
    if (old) old.node.replaceWith(node);
    else this.list.append(node);
    this.shown.set(item.id, { key, node });
  }

  #drop(id, one) {
    one.node.remove();
    this.shown.delete(id);
  }

  inspect(id) {
    this.on.inspect(id, this);
  }

  /** The number of the newest thing that can be looked at in the drawer. */
  get latest() {
    return this.list.querySelector(".entry:last-child [data-record]")?.dataset.record;
  }

  /** To the end, but an answer longer than the screen is shown from the question on. */
  #toNewest(items) {
    this.toEnd();
    const question = this.shown.get(items.findLast((item) => item.from === "follower")?.id)?.node;
    if (!question) return;
    const top = question.offsetTop;
    if (top >= this.chat.scrollTop) return;
    this.chat.scrollTop = Math.max(0, top - 4);
    this.down.hidden = this.#near();
  }

  #scrolled() {
    this.atEnd = this.#near();
    if (this.atEnd) this.down.hidden = true;
  }

  #near() {
    return this.chat.scrollHeight - this.chat.scrollTop - this.chat.clientHeight < 90;
  }

  toEnd() {
    this.chat.scrollTop = this.chat.scrollHeight;
    this.down.hidden = true;
  }
}
