// Recognises visitors who act faster than people do: by the events that arrive in a minute. Two minutes in a row above
// the limit make a bot for a day; a burst (a queue that was offline, a page with many impressions) is none.

export interface EventRate {
  /** Number of the present minute since the epoch, by receipt. */
  minute: number;
  /** Events in it. */
  count: number;
  /** Whether the minute before was above the limit. */
  hot: boolean;
  /** Epoch ms: until then the visitor counts as a bot. */
  botUntil: number;
}

const MINUTE_MS = 60_000;
const BOT_MS = 86_400_000;

export function emptyRate(): EventRate {
  return { minute: 0, count: 0, hot: false, botUntil: 0 };
}

/** Counts an event received at `at` (epoch ms) and tells whether the visitor is a bot. */
export function countEvent(rate: EventRate, at: number, eventsPerMinute: number): boolean {
  const minute = Math.floor(at / MINUTE_MS);
  if (minute !== rate.minute) {
    rate.hot = minute === rate.minute + 1 && rate.count > eventsPerMinute;
    rate.minute = minute;
    rate.count = 0;
  }
  rate.count += 1;
  if (rate.hot && rate.count > eventsPerMinute) rate.botUntil = at + BOT_MS;
  return at < rate.botUntil;
}
