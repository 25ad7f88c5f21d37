// The sheets in which a follower says something that is not typed: voice, link, a QR code.

import { arrows, el, icon } from "./dom.js";
import { SCENES } from "./words.js";

/** Each gives the content of a sheet; `send(what)` sends and closes it. */
export function speak(send) {
  const words = el("textarea", { rows: 3, maxlength: 2000, "aria-label": "说的话", placeholder: "把要“说”的话打在这里", "data-first": true });
  const unheard = el("input", { type: "checkbox", role: "switch" });
  unheard.addEventListener("change", () => (words.disabled = unheard.checked));
  const form = el(
    "form",
    { class: "sheet-form" },
    el("p", { class: "hint" }, "真手机上按住说话；这里把要说的话打出来，微信的语音识别会把它交给公众号。"),
    words,
    el("label", { class: "switch" }, el("span", {}, "语音识别没听出来"), unheard),
    el("button", { class: "primary" }, icon("voice", 20), "说完了，发送"),
  );
  submits(form, () => {
    if (!unheard.checked && !words.value.trim()) return words.focus();
    send({ type: "voice", text: unheard.checked ? null : words.value.trim() });
  });
  return form;
}

export function link(send) {
  const title = el("input", { type: "text", maxlength: 60, value: "六枝特区2027年春风行动招聘会公告", "aria-label": "标题", "data-first": true });
  const url = el("input", { type: "url", maxlength: 500, value: "https://mp.weixin.qq.com/s/example", "aria-label": "网址" });
  const form = el(
    "form",
    { class: "sheet-form" },
    el("label", {}, "标题", title),
    el("label", {}, "网址", url),
    el("button", { class: "primary" }, "发送链接"),
  );
  submits(form, () => (title.value.trim() ? send({ type: "link", title: title.value.trim(), url: url.value.trim() }) : title.focus()));
  return form;
}

export function scan(send) {
  const own = el("input", { type: "text", maxlength: 64, "aria-label": "场景值", placeholder: "自己填：二维码里的场景值" });
  const list = el(
    "div",
    { class: "rows" },
    SCENES.map(([scene, name, where]) =>
      el("button", { type: "button", class: "row-button", onclick: () => send({ type: "scan", scene }) }, icon("scan", 26), el("span", {}, el("strong", {}, name), el("small", {}, where))),
    ),
  );
  arrows(list);
  const form = el("form", { class: "own-scene" }, own, el("button", { class: "secondary" }, "扫这个码"));
  submits(form, () => (own.value.trim() ? send({ type: "scan", scene: own.value.trim() }) : own.focus()));
  return [el("p", { class: "hint" }, "每个二维码带着自己的场景，公众号由此知道人是从哪里来的。"), list, form];
}

function submits(form, act) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act();
  });
}
