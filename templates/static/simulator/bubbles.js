// One entry of the chat as something to look at.

import { el, icon, iconButton } from "./dom.js";
import { rich } from "./rich.js";
import { describe, kindName, VIA } from "./words.js";

const EVENTS = new Set(["click", "view", "report_location", "follow", "unfollow", "scan", "raw"]);

/** `phone` gives: act (what links do), inspect(id), menu, person. */
export function entry(item, phone) {
  if (item.from === "follower") return EVENTS.has(item.said.type) || item.said.type.startsWith("event.") ? event(item, phone) : mine(item, phone);
  return item.type === "notice" ? notice(item, phone) : theirs(item, phone);
}

function details(id, phone) {
  if (!id) return null;
  return el("button", { type: "button", class: "details", "data-record": id, onclick: () => phone.inspect(id) }, "详情");
}

function event(item, phone) {
  return el("div", { class: "system" }, el("span", {}, describe(item.said, phone.menu)), fate(item), details(item.record, phone));
}

function notice(item, phone) {
  return el("div", { class: "system fault" }, icon("warning", 16), el("span", {}, item.text), details(item.record, phone));
}

function mine(item, phone) {
  return el(
    "div",
    { class: "row mine" },
    avatar(phone.person),
    el(
      "div",
      { class: "stack" },
      el("span", { class: "sr" }, `${phone.person.name}说：`),
      said(item.said, phone),
      el("div", { class: "meta" }, fate(item), details(item.record, phone)),
    ),
  );
}

/** How the delivery went, where it is worth a word. */
function fate(item) {
  if (!item.finished) return el("span", { class: "fate" }, item.tries ? `第 ${item.tries + 1} 次送去…` : "正在送去…");
  if (!item.delivered) return el("span", { class: "fate bad" }, icon("warning", 16), "没有送到");
  if (item.rejected) return el("span", { class: "fate bad" }, icon("warning", 16), "答复不合规矩");
  return item.tries > 1 ? el("span", { class: "fate" }, `送了 ${item.tries} 次`) : null;
}

function theirs(item, phone) {
  return el(
    "div",
    { class: "row theirs" },
    el("img", { class: "avatar", src: "/simulator/static/account.svg", alt: "", width: 40, height: 40 }),
    el(
      "div",
      { class: "stack" },
      el("span", { class: "sr" }, "公众号说："),
      shown(item, phone),
      el("div", { class: "meta" }, el("span", { class: "via" }, VIA[item.via] ?? "消息"), details(item.record ?? `call-${item.id}`, phone)),
    ),
  );
}

export function avatar(person, size = 40) {
  const face = el("span", { class: "avatar face", "aria-hidden": "true" }, person.name.slice(0, 1));
  face.style.setProperty("--face", person.colour);
  face.style.setProperty("--size", `${size}px`);
  return face;
}

// --- what the follower sends ---

function said(what, phone) {
  switch (what.type) {
    case "voice":
      return voice((what.text ?? "").length, what.text ? `“${what.text}”` : "（语音识别没听出来）");
    case "image":
      return el("div", { class: "bubble picture" }, icon("image", 44), el("span", { class: "sr" }, "图片"));
    case "video":
      return el("div", { class: "bubble picture" }, icon("play", 44), el("span", { class: "sr" }, "视频"));
    case "location":
      return place(what);
    case "link":
      return el("div", { class: "bubble card" }, el("strong", {}, what.title), el("p", {}, what.description || what.url));
    case "unknown":
      return what.kind === "file" ? file() : el("div", { class: "bubble sticker" }, icon("smile", 64), el("span", { class: "sr" }, kindName(what.kind)));
    default:
      return el("div", { class: "bubble text" }, what.text ?? describe(what, phone.menu));
  }
}

function voice(length, heard) {
  const seconds = Math.max(2, Math.min(60, Math.round(length / 4)));
  const bubble = el("div", { class: "bubble voice" }, el("span", {}, `${seconds}″`), icon("wave", 22), el("span", { class: "sr" }, "语音"));
  bubble.style.setProperty("--long", `${64 + seconds * 5}px`);
  return el("div", { class: "spoken" }, bubble, heard ? el("div", { class: "heard" }, heard) : null);
}

function place(what) {
  const where = `北纬 ${what.latitude.toFixed(3)}，东经 ${what.longitude.toFixed(3)}`;
  return el(
    "div",
    { class: "bubble card place" },
    el("strong", {}, what.label || "我的位置"),
    el("p", {}, where),
    el("div", { class: "tile", "aria-hidden": "true" }, icon("place", 34)),
  );
}

const file = () => el("div", { class: "bubble card file" }, el("span", {}, el("strong", {}, "务工证明.docx"), el("p", {}, "24 KB")), icon("file", 36));

// --- what the account sends ---

function shown(item, phone) {
  switch (item.type) {
    case "text":
      return el("div", { class: "bubble text" }, rich(item.text, phone.act));
    case "image":
      return el("div", { class: "bubble picture" }, icon("image", 44), el("span", { class: "sr" }, "图片"));
    case "voice":
      return voice(12, "");
    case "video":
      return el("div", { class: "bubble picture" }, icon("play", 44), el("span", {}, item.text || "视频"));
    case "music":
      return el("div", { class: "bubble card file" }, el("span", {}, el("strong", {}, item.text || "音乐"), el("p", {}, "音乐")), icon("music", 34));
    case "news":
      return news(item.articles ?? [], phone);
    default:
      return el("div", { class: "bubble text" }, item.text ? rich(item.text, phone.act) : "［这种消息手机还不会显示］");
  }
}

function news(articles, phone) {
  const cards = articles.map((article, place) =>
    el(
      "button",
      { type: "button", class: place ? "article" : "article first", onclick: () => phone.act.open(article.url ?? "") },
      el("span", { class: "cover", "aria-hidden": "true" }, el("img", { src: "/simulator/static/hills.svg", alt: "" })),
      el("span", { class: "headline" }, article.title),
      place === 0 && articles.length === 1 && article.description ? el("span", { class: "digest" }, article.description) : null,
    ),
  );
  return el("div", { class: "bubble news" }, cards);
}

export function jump(onclick) {
  return iconButton("down", "到最新的消息", onclick, { class: "icon-button jump", hidden: true });
}
