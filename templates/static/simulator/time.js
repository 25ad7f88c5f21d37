// Travelling through time: what the simulated clock shows, and where it may go.

import { api } from "./api.js";
import { el, icon, replace } from "./dom.js";
import { toast } from "./toast.js";
import { day, fromField, hhmm, toField, weekday } from "./when.js";

export class TimePanel {
  constructor(box, { moved }) {
    this.moved = moved;
    this.face = el("div", { class: "clock-face" });
    this.presets = el("div", { class: "chips" });
    this.field = el("input", { type: "datetime-local", "aria-label": "去这个时刻", min: "2000-01-01T00:00", max: "2099-12-31T23:59" });
    this.form = el("form", { class: "inline" }, this.field, el("button", { class: "secondary" }, "前往"));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#go(this.field.value ? fromField(this.field.value) : "");
    });
    replace(box, el("h2", {}, icon("clock", 20), "时间"), this.face, this.presets, el("details", { class: "elsewhen" }, el("summary", {}, "去别的时刻…"), this.form), el("p", { class: "hint" }, "公众号跟着这个时间走：政策到没到期、正月初几，都按它算。"));
    this.load();
  }

  /** The time as a chat told it. */
  show(at, lunar) {
    const instant = Date.parse(at);
    const text = `${day(instant)} ${weekday(instant)}`;
    const shown = [text, hhmm(instant), lunar].join();
    if (shown === this.shown) return;
    this.shown = shown;
    replace(this.face, el("time", { class: "big", datetime: at }, hhmm(instant)), el("div", {}, el("span", {}, text), el("strong", { class: "lunar" }, lunar ? `农历${lunar}` : "")));
    if (document.activeElement !== this.field) this.field.value = toField(instant);
  }

  async load() {
    try {
      this.#fill(await api.clock());
    } catch {
      // the phone says that the service is gone
    }
  }

  #fill(clock) {
    this.show(clock.at, clock.lunar);
    const names = clock.presets.map((preset) => preset.name).join();
    if (names === this.names) return;
    this.names = names;
    replace(this.presets, clock.presets.map((preset) => el("button", { type: "button", class: "chip", "data-preset": preset.key, onclick: () => this.#jump(preset.key) }, preset.name)));
  }

  /** A preset is asked for anew: “tomorrow” is counted from the moment of the click. */
  async #jump(key) {
    try {
      const { presets } = await api.clock();
      await this.#go(presets.find((preset) => preset.key === key)?.at ?? "");
    } catch (error) {
      toast(error.message);
    }
  }

  async #go(at) {
    try {
      this.#fill(await api.setClock(at));
      this.moved();
    } catch (error) {
      toast(error.message);
    }
  }
}
