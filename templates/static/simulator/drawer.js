// The developer's view of one message: what went over the wire, try by try, and what became of it.

import { api } from "./api.js";
import { el, icon, iconButton, replace } from "./dom.js";
import { describe, faultName, OUTCOME } from "./words.js";
import { pretty } from "./xml.js";

export class Drawer {
  constructor(box) {
    this.box = box;
    this.head = el("h2", {}, "消息详情");
    this.body = el("div", { class: "drawer-body", tabindex: "0", role: "region", "aria-label": "消息详情" });
    replace(box, el("div", { class: "drawer-head" }, this.head, el("span", { class: "hint" }, "Esc 关闭"), iconButton("close", "关闭详情", () => this.close())), this.body);
  }

  get isOpen() {
    return !this.box.hidden;
  }

  /** Open for a record's number, or for a message that came without one (`call-…`). */
  async open(id, phone) {
    if (!this.isOpen) this.before = document.activeElement;
    this.id = id;
    this.phone = phone;
    this.shown = "";
    this.box.hidden = false;
    await this.refresh();
    this.body.scrollTop = 0;
    this.box.querySelector(".drawer-head button").focus();
  }

  close() {
    if (!this.isOpen) return;
    this.box.hidden = true;
    if (this.before?.isConnected) this.before.focus();
    else this.phone?.focus();
  }

  /** Look again: tries come one after another. */
  async refresh() {
    if (!this.isOpen) return;
    const { id, phone } = this;
    try {
      const record = String(id).startsWith("call-") ? null : await api.record(id);
      const calls = (await api.calls()).filter((call) => call.openid === phone.person.openid || call.openid === null);
      if (id !== this.id) return;
      const source = JSON.stringify([record, calls]);
      if (source === this.shown) return;
      this.shown = source;
      this.#draw(record, calls);
    } catch (error) {
      replace(this.body, el("p", { class: "hint" }, error.message));
    }
  }

  #draw(record, calls) {
    this.head.textContent = record ? describe(record.said ?? { type: record.message }, this.phone.menu).slice(0, 40) : "公众号发来的消息";
    replace(this.body, record ? this.#record(record) : el("p", { class: "hint" }, "这条不是对哪句话的回复，是服务调用微信接口发来的，见下面的调用。"), callList(calls));
  }

  #record(record) {
    return [
      verdict(record),
      section("每次送信", el("ol", { class: "tries" }, record.tries.map((one) => tryRow(one)), record.finished ? null : el("li", { class: "try going" }, "正在送…"))),
      section("微信 → 服务", pair(record.request, record.request_raw)),
      section("服务 → 微信", record.response === null ? el("p", { class: "hint" }, "没有可用的应答。") : pair(record.response, record.response_raw)),
    ];
  }
}

function verdict(record) {
  const [tone, text] = record.rejected
    ? ["bad", record.rejected]
    : record.delivered
      ? ["good", record.reply ? "送到了，手机上显示了答复" : "送到了，没有要显示的答复"]
      : ["", "还在路上"];
  return el("p", { class: `verdict ${tone}` }, icon(tone === "bad" ? "warning" : tone === "good" ? "check" : "clock", 20), text);
}

function tryRow(one) {
  const good = one.outcome === "answered";
  return el(
    "li",
    { class: good ? "try good" : "try bad" },
    el("span", { class: "try-number" }, `第 ${one.try} 次`),
    el("span", { class: "try-outcome" }, icon(good ? "check" : "warning", 16), OUTCOME[one.outcome] ?? one.outcome, one.status === null ? "" : `（状态 ${one.status}）`),
    el("span", { class: "try-seconds" }, `${one.seconds.toFixed(2)} 秒`),
    one.fault ? el("span", { class: "try-fault" }, `故障：${faultName(one.fault)}`) : null,
    one.response && !good ? el("code", { class: "try-response" }, one.response.slice(0, 300)) : null,
  );
}

const section = (title, ...content) => el("section", {}, el("h3", {}, title), content);

/** The readable text, and beside it what really went over the wire when that is another. */
function pair(plain, raw) {
  const left = el("figure", {}, el("figcaption", {}, raw && raw !== plain ? "解密后" : "明文"), code(plain));
  if (!raw || raw === plain) return el("div", { class: "pair single" }, left);
  return el("div", { class: "pair" }, left, el("figure", {}, el("figcaption", {}, "线上传的（加密）"), code(raw)));
}

const code = (text) => el("pre", { tabindex: "0" }, el("code", {}, pretty(text) || "（空）"));

function callList(calls) {
  if (!calls.length) return section("服务调用微信接口", el("p", { class: "hint" }, "还没有调用过。"));
  return section(
    "服务调用微信接口",
    calls
      .slice(-10)
      .reverse()
      .map((call) =>
        el(
          "details",
          { class: "call" },
          el("summary", {}, el("code", {}, `${call.method} ${call.api}`), el("span", {}, call.fault ? `故障：${faultName(call.fault)}` : `状态 ${call.status}`)),
          el("div", { class: "pair" }, el("figure", {}, el("figcaption", {}, "请求"), code(call.request)), el("figure", {}, el("figcaption", {}, "应答"), code(call.response))),
        ),
      ),
  );
}
