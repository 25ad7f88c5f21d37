// What things are called, in plain Chinese.

export const ACCOUNT = "六枝人社";

export const VIA = {
  passive: "自动回复",
  custom: "客服消息",
  mass: "群发",
  template: "模板消息",
  subscribe: "订阅通知",
};

export const SCENES = [
  ["window", "办事窗口", "窗口旁边贴的码"],
  ["fair", "招聘会", "招聘会展板上的码"],
  ["village", "村里", "村委会公告栏的码"],
  ["bus", "汽车站", "候车室海报上的码"],
];

export const sceneName = (scene) => SCENES.find(([key]) => key === scene)?.[1] ?? scene;

const KINDS = { file: "文件", sticker: "动画表情", emoji: "动画表情" };
export const kindName = (kind) => KINDS[kind] ?? "新式消息";

export const FAULTS = [
  { key: "late", name: "前两次回应迟到 5 秒", why: "微信等满 5 秒没等到，会把同一条再送两次", kind: "delay", nths: [1, 2], seconds: 5 },
  { key: "duplicate", name: "同一条送两遍", why: "一模一样的请求同时到", kind: "duplicate", nths: [1] },
  { key: "parallel", name: "三次一起到", why: "三次重试同时到，各有各的签名", kind: "parallel", nths: [1] },
  { key: "wrong_signature", name: "签名不对", why: "像是别人冒充微信送来的", kind: "wrong_signature", nths: [1] },
  { key: "replay_altered", name: "重放改过的消息", why: "截下真消息，改了内容再送一遍", kind: "replay_altered", nths: [1] },
  { key: "stale", name: "十分钟前的签名", why: "签名是真的，但早就过时了", kind: "stale", nths: [1] },
];

const MORE_FAULTS = {
  delay: "回应迟到",
  wrong_msg_signature: "加密内容的签名不对",
  wrong_app_id: "送给别的账号的消息",
  timeout: "迟迟不答",
  http_502: "网关出错",
  invalid_json: "答的不完整",
  empty: "答的是空的",
  reset: "连接断开",
};

export function faultName(kind) {
  if (kind.startsWith("errcode:")) return `返回错误码 ${kind.slice(8)}`;
  return MORE_FAULTS[kind] ?? FAULTS.find((fault) => fault.kind === kind)?.name ?? kind;
}

export const OUTCOME = {
  answered: "收到应答",
  timeout: "等满 5 秒，没等到",
  unreachable: "连不上服务",
  http_error: "服务拒收",
};

/** What the follower did, as a line for the drawer's head. */
export function describe(said, menu = []) {
  switch (said.type) {
    case "text":
      return said.text;
    case "tap":
      return `点了“${said.text}”`;
    case "voice":
      return said.text === null ? "语音（没听出来）" : `语音：${said.text}`;
    case "image":
      return "图片";
    case "video":
      return "视频";
    case "location":
      return `位置：${said.label || `${said.latitude}，${said.longitude}`}`;
    case "link":
      return `链接：${said.title}`;
    case "unknown":
      return kindName(said.kind);
    case "click":
      return `点了菜单“${menuName(menu, "key", said.key)}”`;
    case "view":
      return `打开了网页“${menuName(menu, "url", said.url)}”`;
    case "report_location":
      return "手机报告了所在位置";
    case "follow":
    case "event.subscribe":
      return `关注了“${ACCOUNT}”`;
    case "unfollow":
    case "event.unsubscribe":
      return "取消了关注";
    case "scan":
      return `扫了“${sceneName(said.scene)}”的二维码`;
    default:
      return "原样报文";
  }
}

function menuName(menu, field, value) {
  const items = menu.flatMap((button) => [button, ...(button.sub_button ?? [])]);
  return items.find((item) => item[field] === value)?.name ?? value;
}
