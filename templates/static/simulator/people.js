// Who can be looked at: names and colours are the page's own, the simulator knows only openids.

import { arrows, el, iconButton, replace } from "./dom.js";
import { avatar } from "./bubbles.js";
import { keep, recall } from "./memory.js";

const CAST = [
  ["o-liuxiaoyan", "刘小燕", "在中山的电子厂上班"],
  ["o-weiguangming", "韦光明", "回岩脚想开个小店"],
  ["o-yangguiying", "杨桂英", "刚失业，在家带孩子"],
  ["o-luozhengxing", "罗正兴", "头一回出远门打工"],
];
const SURNAMES = "王李张刘陈杨罗韦吴龙邓胡卢付何黄";
const GIVEN = ["国兵", "秀英", "小梅", "文军", "阿妹", "志强", "春花", "大勇", "明珍", "建华", "玉兰", "开贵", "素芬", "光荣", "菊香", "洪波"];
const COLOURS = ["#b4553f", "#2f6f9f", "#5b7f3a", "#8a5a9e", "#a8702a", "#2f7f7a", "#a04870", "#566a8f"];
const SPARE = "o-phone-";

function hash(text) {
  let value = 7;
  for (const letter of text) value = (value * 31 + letter.codePointAt(0)) >>> 0;
  value = Math.imul(value ^ (value >>> 15), 2246822519); // neighbours' openids shall not be namesakes
  return (value ^ (value >>> 13)) >>> 0;
}

export function personOf(openid) {
  const known = CAST.findIndex(([one]) => one === openid);
  const number = hash(openid);
  const name = known >= 0 ? CAST[known][1] : SURNAMES[number % SURNAMES.length] + GIVEN[(number >>> 4) % GIVEN.length];
  const colour = COLOURS[known >= 0 ? known : (number >>> 8) % COLOURS.length];
  return { openid, name, colour, note: known >= 0 ? CAST[known][2] : "" };
}

/** The list beside the phone. `choose(openid)` is called for a click and for Enter. */
export class Rail {
  constructor(box, { choose }) {
    this.choose = choose;
    this.rows = el("div", { class: "people", role: "group", "aria-label": "关注者" });
    arrows(this.rows, ".person");
    replace(box, el("div", { class: "rail-head" }, el("h2", {}, "关注者"), iconButton("add", "添一个关注者", () => this.#add())), this.rows);
    this.made = recall("made", []);
    this.seen = recall("seen", {});
    this.followers = [];
    this.current = [];
  }

  get openids() {
    return [...new Set([...CAST.map(([openid]) => openid), ...this.made, ...this.followers.map((one) => one.openid)])];
  }

  /** What the server knows of everybody, and who is on a phone now. */
  update(followers, current) {
    this.followers = followers;
    this.current = current;
    for (const one of followers) if (current.includes(one.openid)) this.seen[one.openid] = one.newest;
    keep("seen", this.seen);
    this.#draw();
  }

  /** The follower after this one, for the second phone and for Alt+arrow. */
  beside(openid, step = 1) {
    const all = this.openids;
    return all[(all.indexOf(openid) + step + all.length) % all.length];
  }

  get unread() {
    return this.followers.some((one) => this.#isUnread(one));
  }

  #isUnread(one) {
    return !this.current.includes(one.openid) && one.newest > (this.seen[one.openid] ?? 0);
  }

  #draw() {
    const focused = document.activeElement?.closest?.(".person")?.dataset.openid;
    const known = new Map(this.followers.map((one) => [one.openid, one]));
    replace(this.rows, this.openids.map((openid) => this.#row(personOf(openid), known.get(openid))));
    if (focused) this.rows.querySelector(`[data-openid="${CSS.escape(focused)}"]`)?.focus();
  }

  #row(person, follower) {
    const unread = follower ? this.#isUnread(follower) : false;
    const here = this.current.includes(person.openid);
    return el(
      "button",
      { type: "button", class: "person", "data-openid": person.openid, "aria-current": here ? "true" : false, onclick: () => this.choose(person.openid) },
      el("span", { class: "face-box" }, avatar(person, 40), unread ? el("span", { class: "dot-unread" }, el("span", { class: "sr" }, "有新消息")) : null),
      el(
        "span",
        { class: "person-text" },
        el("strong", {}, person.name, follower?.following ? null : el("small", { class: "tag" }, "未关注")),
        el("span", { class: "openid" }, person.note || person.openid),
        person.note ? el("span", { class: "openid id" }, person.openid) : null,
      ),
    );
  }

  #add() {
    let number = this.made.length + 1;
    while (this.openids.includes(SPARE + number)) number += 1;
    this.made.push(SPARE + number);
    keep("made", this.made);
    this.choose(SPARE + number);
  }
}

