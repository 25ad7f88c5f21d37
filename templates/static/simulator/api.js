// The simulator's API. Every failure is a sentence fit to show.

const BASE = "/simulator/api";
const DOWN = "服务没有回应。它可能停了，或者正在重新启动；请看一眼运行它的窗口。";

export class Refused extends Error {}

async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(BASE + path, { cache: "no-store", ...options });
  } catch {
    throw new Refused(DOWN);
  }
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new Refused(body?.detail || `服务出了点问题（${response.status}），请稍后再试。`);
  if (body === null) throw new Refused("服务的回答读不懂，请稍后再试。");
  return body;
}

function post(path, body) {
  return ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

const person = (openid) => `/followers/${encodeURIComponent(openid)}`;

export const api = {
  followers: async () => (await ask("/followers")).items,
  chat: (openid, after) => ask(`${person(openid)}/chat?after=${after}`),
  send: (openid, what) => post(`${person(openid)}/send`, what),
  menu: async () => (await ask("/menu")).button,
  record: (id) => ask(`/log/${id}`),
  calls: async () => (await ask("/calls")).items,
  clock: () => ask("/clock"),
  setClock: (at) => post("/clock", { at }),
  faults: async () => (await ask("/faults")).items,
  addFault: (fault) => post("/faults", fault),
  removeFault: (id) => ask(`/faults/${id}`, { method: "DELETE" }),
  clearFaults: () => ask("/faults", { method: "DELETE" }),
};
