// Recognises visitors who act faster than people do: by the events that arrive in a minute. Above the limit in one minute,
// and again at least a minute later, makes a bot for a day; a burst (a queue that was offline, a page with many
// impressions) is none, wherever the minute turns.

export interface EventRate {
  /** Number of the present minute since the epoch, by receipt. */
  minute: number;
  /** Events in it. */
  count: number;
  /** Epoch ms: when the limit was passed in this minute, and in the minute before; 0 when it was not. */
  passedAt: number;
  passedBefore: number;
  /** Epoch ms: until then the visitor counts as a bot. */
  botUntil: number;
}

const MINUTE_MS = 60_000;
const BOT_MS = 86_400_000;

export function emptyRate(): EventRate {
  return { minute: 0, count: 0, passedAt: 0, passedBefore: 0, botUntil: 0 };
}

/** Counts an event received at `at` (epoch ms) and tells whether the visitor is a bot. */
export function countEvent(rate: EventRate, at: number, eventsPerMinute: number): boolean {
  const minute = Math.floor(at / MINUTE_MS);
  if (minute !== rate.minute) {
    rate.passedBefore = minute === rate.minute + 1 ? rate.passedAt : 0;
    rate.passedAt = 0;
    rate.minute = minute;
    rate.count = 0;
  }
  rate.count += 1;
  if (rate.count > eventsPerMinute) {
    if (rate.passedAt === 0) rate.passedAt = at;
    if (rate.passedBefore > 0 && at - rate.passedBefore >= MINUTE_MS) rate.botUntil = at + BOT_MS;
  }
  return at < rate.botUntil;
}
