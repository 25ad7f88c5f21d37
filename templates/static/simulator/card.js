// What somebody sees before there is a conversation: the account's card, and three questions to tap.

import { el, icon } from "./dom.js";
import { ACCOUNT } from "./words.js";

export const QUESTIONS = ["去中山打工车费能不能报", "失业登记怎么办", "回乡开店有没有补贴"];

/** The account as a stranger sees it. */
export function profile({ follow, scan, ask }) {
  return el(
    "div",
    { class: "profile" },
    el(
      "div",
      { class: "profile-head" },
      el("img", { src: "/simulator/static/account.svg", alt: "", width: 72, height: 72 }),
      el("div", {}, el("h2", {}, ACCOUNT), el("p", {}, "六枝特区人力资源和社会保障局")),
    ),
    el("p", { class: "profile-text" }, "就业补贴、创业贷款、失业登记，用自己的话问，打字、说话都行。"),
    el("ul", { class: "profile-list" }, ["政策问答：补多少、要什么条件、去哪里办", "答案出自正式文件，写明依据", "方言、错字、语音都听得懂一些"].map((line) => el("li", {}, icon("check", 18), line))),
    el("div", { class: "profile-buttons" }, el("button", { type: "button", class: "primary", onclick: follow }, "关注"), el("button", { type: "button", class: "secondary", onclick: scan }, icon("scan", 20), "扫码")),
    el("div", { class: "profile-ask" }, el("p", {}, "关注了就可以这样问："), questions(ask)),
  );
}

/** Three questions to begin with, while the chat is empty. */
export function welcome(ask) {
  return el(
    "div",
    { class: "welcome" },
    el("img", { src: "/simulator/static/account.svg", alt: "", width: 64, height: 64 }),
    el("p", {}, "用自己的话问就行，比如："),
    questions(ask),
  );
}

const questions = (ask) => QUESTIONS.map((question) => el("button", { type: "button", class: "question", onclick: () => ask(question) }, question));
