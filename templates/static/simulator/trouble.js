// Trouble on demand, for the next message of the follower who is looked at.

import { api } from "./api.js";
import { el, icon, iconButton, replace } from "./dom.js";
import { toast } from "./toast.js";
import { FAULTS, faultName } from "./words.js";

export class TroublePanel {
  constructor(box) {
    this.items = [];
    this.who = el("p", { class: "hint" });
    this.switches = el("div", { class: "switches" });
    this.boxes = new Map(FAULTS.map((fault) => [fault.key, el("input", { type: "checkbox", role: "switch", "data-fault": fault.key, onchange: () => this.#flip(fault) })]));
    replace(this.switches, FAULTS.map((fault) => el("label", { class: "switch" }, el("span", {}, el("strong", {}, fault.name), el("small", {}, fault.why)), this.boxes.get(fault.key))));
    this.list = el("div", { class: "fault-list" });
    replace(box, el("h2", {}, icon("trouble", 20), "出点故障"), this.who, this.switches, this.list);
  }

  aim(person) {
    this.person = person;
    this.who.textContent = `打开一项，${person.name}的下一条消息就会遇上。`;
    this.#draw();
  }

  async load() {
    try {
      this.items = await api.faults();
    } catch {
      return; // the phone says that the service is gone
    }
    this.#draw();
  }

  /** Faults of this switch that can still strike. */
  #waiting(fault) {
    return this.items.filter((one) => one.api === "push" && one.kind === fault.kind && one.openid === this.person?.openid && (one.nth === null || one.seen < one.nth));
  }

  async #flip(fault) {
    const waiting = this.#waiting(fault);
    const { openid } = this.person;
    try {
      if (waiting.length) await Promise.all(waiting.map((one) => api.removeFault(one.id)));
      else for (const nth of fault.nths) await api.addFault({ api: "push", kind: fault.kind, openid, nth, seconds: fault.seconds ?? null });
    } catch (error) {
      toast(error.message);
    }
    await this.load();
  }

  #draw() {
    for (const fault of FAULTS) this.boxes.get(fault.key).checked = this.#waiting(fault).length > 0;
    if (!this.items.length) return replace(this.list, el("p", { class: "hint" }, "现在没有故障，一切正常。"));
    replace(
      this.list,
      el("div", { class: "fault-head" }, el("h3", {}, "记下的故障"), el("button", { type: "button", class: "text-button", onclick: () => this.#clear(() => api.clearFaults()) }, "全部清除")),
      el("ul", {}, this.items.map((one) => this.#row(one))),
    );
  }

  #row(one) {
    const which = one.nth === null ? "每一次" : `第 ${one.nth} 次`;
    const where = one.api === "push" ? which : `${one.api} ${which}`;
    const name = one.kind === "delay" ? `回应迟到 ${one.seconds ?? 5} 秒` : faultName(one.kind);
    return el(
      "li",
      { class: one.fired ? "fired" : "" },
      el("span", {}, el("strong", {}, name), el("small", {}, `${where}送信时，${one.fired ? `已发生 ${one.fired} 次` : "还没发生"}`)),
      iconButton("close", `清除“${name}”`, () => this.#clear(() => api.removeFault(one.id))),
    );
  }

  async #clear(act) {
    try {
      await act();
    } catch (error) {
      toast(error.message);
    }
    await this.load();
  }
}
