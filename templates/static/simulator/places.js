// The location picker: the county's towns on a drawn map, and as a list.

import { arrows, el, svg } from "./dom.js";

// Name, latitude, longitude (roughly right, enough to try things out), and where the label goes if not above.
const TOWNS = [
  ["九龙街道", 26.206, 105.478, "left"],
  ["银壶街道", 26.226, 105.468],
  ["塔山街道", 26.194, 105.5, "right"],
  ["岩脚镇", 26.352, 105.412],
  ["木岗镇", 26.262, 105.575],
  ["大用镇", 26.236, 105.37],
  ["关寨镇", 26.296, 105.29],
  ["牂牁镇", 25.992, 105.2],
  ["新华镇", 26.386, 105.52],
  ["龙河镇", 26.33, 105.54],
  ["新窑镇", 26.142, 105.43],
  ["郎岱镇", 26.072, 105.326],
  ["梭戛乡", 26.446, 105.466],
  ["牛场乡", 26.436, 105.38],
  ["新场乡", 26.372, 105.3],
  ["中寨乡", 26.016, 105.36],
  ["落别乡", 26.108, 105.58],
  ["月亮河乡", 26.056, 105.484],
];

const LABELS = { above: { y: -7, "text-anchor": "middle" }, left: { x: -8, y: 5, "text-anchor": "end" }, right: { x: 8, y: 6 } };
const WEST = 105.12;
const NORTH = 26.5;
const SCALE = 620;
const x = (longitude) => (longitude - WEST) * SCALE * 0.9;
const y = (latitude) => (NORTH - latitude) * SCALE;

/** `send(what)` gets the location that was picked. */
export function places(send) {
  let chosen = TOWNS[0];
  const dots = TOWNS.map((town) => dot(town, () => choose(town)));
  const rows = TOWNS.map((town) => el("button", { type: "button", class: "town", onclick: () => choose(town) }, el("strong", {}, town[0]), el("span", {}, `${town[1].toFixed(3)}，${town[2].toFixed(3)}`)));
  const list = el("div", { class: "towns", role: "group", "aria-label": "乡镇街道" }, rows);
  const go = el("button", { type: "button", class: "primary", onclick: () => send(what(chosen)) }, "发送这个位置");
  arrows(list);

  function choose(town) {
    chosen = town;
    TOWNS.forEach((one, place) => {
      dots[place].classList.toggle("chosen", one === town);
      rows[place].setAttribute("aria-pressed", String(one === town));
    });
    go.textContent = `发送位置：${town[0]}`;
  }

  choose(chosen);
  rows[0].setAttribute("data-first", "");
  return [el("div", { class: "map" }, land(dots), el("p", { class: "hint" }, "示意图，位置只是大概")), list, el("div", { class: "sheet-foot" }, go)];
}

const what = ([label, latitude, longitude]) => ({ type: "location", latitude, longitude, label: `六盘水市六枝特区${label}` });

function land(dots) {
  return svg(
    "svg",
    { viewBox: "42 14 246 312", class: "land", role: "img", "aria-label": "六枝特区示意图" },
    svg("path", { class: "ground", d: "M128 44 160 22l46-6 32 22 6 44 26 38 14 40-8 46 4 40-26 34-46 6-34 24-50 8-46-4-44 6-26-28 10-36 34-20 8-34 18-28-10-36 12-34 26-22Z" }),
    svg("path", { class: "river", d: "M8 316c30-14 44-2 66-14 20-10 44 6 74-2 26-6 34-20 62-18" }),
    svg("path", { class: "road", d: "M96 118c40 22 66 50 104 68 26 12 50 4 72-14M196 188c-22 34-60 54-82 82" }),
    ...dots,
  );
}

function dot([name, latitude, longitude, side], onclick) {
  return svg(
    "g",
    { class: "dot", transform: `translate(${x(longitude).toFixed(1)} ${y(latitude).toFixed(1)})`, onclick, "aria-hidden": "true" },
    svg("circle", { r: 12, class: "touch" }),
    svg("circle", { r: 3.6 }),
    svg("text", LABELS[side ?? "above"], name.replace(/街道|镇|乡/, "")),
  );
}
