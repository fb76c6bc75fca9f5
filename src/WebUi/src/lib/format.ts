const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'narrow' });
const exactTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });
const shortDate = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' });
const longDate = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric' });
const number = new Intl.NumberFormat('en');

/** "now", "3m ago", "in 2h", and past a week the day. */
export function relativeTime(time: Date, now: Date): string {
  const seconds = (time.getTime() - now.getTime()) / 1000;
  const distance = Math.abs(seconds);
  if (distance < 10) return 'now';
  if (distance < minute) return relative.format(Math.round(seconds), 'second');
  if (distance < hour) return relative.format(Math.round(seconds / minute), 'minute');
  if (distance < day) return relative.format(Math.round(seconds / hour), 'hour');
  if (distance < 7 * day) return relative.format(Math.round(seconds / day), 'day');
  return (time.getFullYear() === now.getFullYear() ? shortDate : longDate).format(time);
}

/** To the second, in the reader's own zone and language. */
export function exact(time: Date): string {
  return exactTime.format(time);
}

/** "420 ms", "12.5 s", "3 min 5 s", "2 h 10 min", "3 d 4 h": two units at most. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.max(0, Math.round(seconds * 1000))} ms`;
  if (seconds < minute) return `${(seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds)).toString()} s`;
  const [size, unit, smaller, smallerUnit] =
    seconds < hour ? [minute, 'min', 1, 's'] : seconds < day ? [hour, 'h', minute, 'min'] : [day, 'd', hour, 'h'];
  const whole = Math.floor(seconds / (size as number));
  const rest = Math.floor((seconds % (size as number)) / (smaller as number));
  return rest === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${smallerUnit}`;
}

export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  const units = ['kB', 'MB', 'GB'];
  let value = count / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export function count(value: number, one: string, many = `${one}s`): string {
  return `${number.format(value)} ${value === 1 ? one : many}`;
}

export function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}
