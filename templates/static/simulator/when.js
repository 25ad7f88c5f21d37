// Times as WeChat writes them, always Shanghai's, whatever zone the browser is in.

const HOUR = 3600_000;
const DAY = 24 * HOUR;
const WEEKDAYS = ["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"];

/** A Date whose UTC fields read as Shanghai's clock. */
const wall = (instant) => new Date(instant + 8 * HOUR);
const two = (number) => String(number).padStart(2, "0");

export const hhmm = (instant) => `${two(wall(instant).getUTCHours())}:${two(wall(instant).getUTCMinutes())}`;

export function day(instant) {
  const date = wall(instant);
  return `${date.getUTCFullYear()}年${date.getUTCMonth() + 1}月${date.getUTCDate()}日`;
}

export const weekday = (instant) => WEEKDAYS[wall(instant).getUTCDay()];

/** For a line between messages: nearer days are said shorter. */
export function stamp(instant, now) {
  const days = Math.floor((now + 8 * HOUR) / DAY) - Math.floor((instant + 8 * HOUR) / DAY);
  if (days === 0) return hhmm(instant);
  if (days === 1) return `昨天 ${hhmm(instant)}`;
  if (days > 1 && days < 7) return `${weekday(instant)} ${hhmm(instant)}`;
  return `${day(instant)} ${hhmm(instant)}`;
}

/** The value of a datetime-local field, and back to an instant with zone. */
export function toField(instant) {
  const date = wall(instant);
  return `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}T${hhmm(instant)}`;
}

export const fromField = (value) => `${value.length === 16 ? `${value}:00` : value}+08:00`;
