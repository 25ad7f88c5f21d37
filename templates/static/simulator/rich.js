// WeChat's dialect of links inside a text. Only what is well formed becomes a link; all the rest stands as text.

import { el } from "./dom.js";

const LINK = /<a((?:\s+[\w-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))+)\s*>([^<>]*)<\/a>/gi;
const ATTRIBUTE = /([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const BARE = /https?:\/\/[\w.~:/?#@!$&*+,;=%-]+[\w/#=&]/g;
const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };

/** Nodes for `text`. `act` says what a tap does: tap(label, id), mini(appid, path, label), call(number), open(url). */
export function rich(text, act) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(LINK)) {
    const link = readLink(found[1], found[2], act);
    if (!link) continue;
    nodes.push(...bare(text.slice(end, found.index), act), link);
    end = found.index + found[0].length;
  }
  return [...nodes, ...bare(text.slice(end), act)];
}

function readLink(source, label, act) {
  const attributes = Object.fromEntries([...source.matchAll(ATTRIBUTE)].map((one) => [one[1].toLowerCase(), plain(one[2] ?? one[3])]));
  const shown = plain(label).trim() ? plain(label) : null;
  if (!shown) return null;
  const { "data-miniprogram-appid": appid, "data-miniprogram-path": path, href = "" } = attributes;
  if (appid) return anchor(shown, () => act.mini(appid, path ?? "", shown), "mini");
  if (/^tel:[\d+*#() -]{3,20}$/.test(href)) return anchor(shown, () => act.call(href.slice(4)), "call");
  if (/^https?:\/\//i.test(href)) return isUrl(href) ? anchor(shown, () => act.open(href), "open") : null;
  return href.startsWith("weixin://bizmsgmenu?") ? readTap(href, shown, act) : null;
}

function readTap(href, shown, act) {
  const query = new URLSearchParams(href.slice(href.indexOf("?") + 1).replaceAll("+", "%2B"));
  const label = query.get("msgmenucontent");
  const id = query.get("msgmenuid");
  return label && id ? anchor(shown, () => act.tap(label, id), "tap") : null;
}

/** An anchor and not a button: a long label must break over lines like the words around it. */
function anchor(label, onclick, kind) {
  const act = (event) => {
    event.preventDefault();
    onclick();
  };
  return el("a", { href: "#", class: "link", "data-link": kind, onclick: act }, label);
}

/** Plain text, in which a bare web address can be tapped too. */
function bare(text, act) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(BARE)) {
    if (!isUrl(found[0])) continue;
    nodes.push(text.slice(end, found.index), anchor(found[0], () => act.open(found[0]), "open"));
    end = found.index + found[0].length;
  }
  return [...nodes, text.slice(end)].filter((node) => node !== "");
}

function isUrl(text) {
  try {
    return ["http:", "https:"].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}

const plain = (text) => text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity]);
