// Putting the page together: phones in the middle, people at the left, time and trouble at the right.

import { api } from "./api.js";
import { Drawer } from "./drawer.js";
import { keep, recall } from "./memory.js";
import { personOf, Rail } from "./people.js";
import { Phone } from "./phone.js";
import { TimePanel } from "./time.js";
import { TroublePanel } from "./trouble.js";

const $ = (id) => document.getElementById(id);
const wide = matchMedia("(min-width: 1180px)");

const drawer = new Drawer($("drawer"));
const rail = new Rail($("rail-list"), { choose });
const time = new TimePanel($("time"), { moved: () => phones.forEach((phone) => phone.poll()) });
const trouble = new TroublePanel($("trouble"));

const drafts = new Map(); // what was being typed to whom, until the page is left

let phones = [];
let active = null;
let worldSeen = 0;

const on = {
  changed(chat, phone) {
    time.show(chat.at, chat.lunar);
    if (drawer.isOpen && drawer.phone === phone && chat.items) drawer.refresh();
    if (chat.world !== worldSeen) {
      worldSeen = chat.world;
      lookAround();
    }
  },
  inspect: (id, phone) => drawer.open(id, phone),
  touched: (phone) => activate(phone),
  people: () => slide("rail"),
  tools: () => slide("tools"),
};

/** What is not one chat's: the others, the menu, the faults. Asked for only when something has happened. */
async function lookAround() {
  try {
    const [followers, menu] = await Promise.all([api.followers(), api.menu(), trouble.load(), time.load()]);
    phones.forEach((phone) => phone.setMenu(menu));
    rail.update(followers, here());
    document.body.classList.toggle("has-unread", rail.unread);
  } catch {
    worldSeen = 0; // the phone says that the service is gone; look again when it is back
  }
}

const here = () => phones.map((phone) => phone.person.openid);

function open(openid) {
  const phone = new Phone(personOf(openid), on);
  phones.push(phone);
  $("stage").append(phone.node);
  return phone;
}

/** Put this follower on the phone that was used last. */
function choose(openid) {
  slide(null);
  const shown = phones.find((phone) => phone.person.openid === openid);
  if (shown) return focusOn(shown);
  const place = phones.indexOf(active);
  const fresh = new Phone(personOf(openid), on);
  drafts.set(active.person.openid, active.composer.draft);
  fresh.composer.draft = drafts.get(openid) ?? "";
  active.node.replaceWith(fresh.node);
  active.close();
  phones[place] = fresh;
  remember();
  focusOn(fresh);
}

function focusOn(phone) {
  activate(phone);
  worldSeen = 0;
  phone.poll().then(() => phone.focus());
}

function activate(phone) {
  if (active === phone) return;
  active = phone;
  phones.forEach((one) => one.node.classList.toggle("active", one === phone));
  trouble.aim(phone.person);
}

/** One phone, or two side by side. */
function pair(two) {
  if (!two) {
    phones.filter((phone) => phone !== active).forEach((phone) => phone.close());
    phones = [active];
  }
  if (two && phones.length === 1) open(rail.beside(active.person.openid));
  document.body.classList.toggle("pair", phones.length > 1);
  $("pair").setAttribute("aria-pressed", String(phones.length > 1));
  worldSeen = 0;
  remember();
}

function remember() {
  keep("phones", here());
}

/** On small screens: bring one side in, or none. */
function slide(which) {
  for (const side of ["rail", "tools"]) $(side).classList.toggle("in", side === which);
  $("shade").hidden = which === null;
  if (which) $(which).querySelector("button").focus();
}

function enlarge(large) {
  const ended = phones.filter((phone) => phone.atEnd);
  document.documentElement.dataset.size = large ? "large" : "usual";
  ended.forEach((phone) => phone.toEnd());
  $("large").setAttribute("aria-pressed", String(large));
  keep("large", large);
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    if (!$("shade").hidden) return slide(null);
    return drawer.close();
  }
  if (!event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.code === "KeyI") {
    event.preventDefault();
    const id = active.latest;
    if (drawer.isOpen) drawer.close();
    else if (id) drawer.open(id, active);
  }
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    choose(rail.beside(active.person.openid, event.key === "ArrowDown" ? 1 : -1));
  }
});

$("pair").addEventListener("click", () => pair(phones.length === 1));
$("large").addEventListener("click", () => enlarge(document.documentElement.dataset.size !== "large"));
$("shade").addEventListener("click", () => slide(null));
document.querySelectorAll("[data-shut]").forEach((button) => button.addEventListener("click", () => slide(null)));
wide.addEventListener("change", () => !wide.matches && phones.length > 1 && pair(false));
document.addEventListener("visibilitychange", () => !document.hidden && phones.forEach((phone) => phone.poll()));

enlarge(recall("large", false));
const [first, second] = recall("phones", [rail.openids[0]]);
activate(open(first ?? rail.openids[0]));
if (second && wide.matches) {
  open(second);
  pair(true);
}
