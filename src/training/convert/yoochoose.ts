// YooChoose (the RecSys Challenge 2015 clicks, in the 100k sample with a fixed split that session-rec publishes) as a
// history log: a file of SessionId, ItemId, Time (seconds since 1970), tab-separated. Sessions are all that is known of people.
import { join } from "node:path";
import { readLineBatches } from "../lines.ts";
import { LogError } from "../log.ts";

export const YOOCHOOSE_PARTS = ["train", "test"] as const;
export type YooChoosePart = (typeof YOOCHOOSE_PARTS)[number];

const FILE_OF_PART: Readonly<Record<YooChoosePart, string>> = {
  train: "yoochoose-clicks-100k_train_full.txt.gz",
  test: "yoochoose-clicks-100k_test.txt.gz",
};
const HEADER = "SessionId\tItemId\tTime";

interface Click {
  readonly session: string;
  readonly item: string;
  /** Epoch ms. */
  readonly ts: number;
  /** Place in its session, from 0. */
  step: number;
}

/**
 * Yields the lines of the log, without line ends, in time order; of equal times the source's order holds. Each SessionId is an
 * anonymous visitor of one session, which every event names as `properties.sessionId`: pauses in it may be longer than a
 * site's session timeout. Ids carry the part, so that the two parts never meet in one visitor. A click is a `view_item`.
 * @param dir holds the file of the part, which is read whole into memory: the source need not be sorted
 * @throws LogError at a line that is not of the format
 */
export async function* convertYooChoose(dir: string, part: YooChoosePart): AsyncGenerator<string> {
  const path = join(dir, FILE_OF_PART[part]);
  const clicks: Click[] = [];
  let line = 0;
  for await (const batch of readLineBatches(path)) {
    for (const text of batch) {
      line++;
      if (line === 1) {
        if (text !== HEADER) throw new LogError(path, 1, `the header is not ${JSON.stringify(HEADER)}`);
      } else if (text !== "") clicks.push(parseClick(path, line, text));
    }
  }
  clicks.sort((a, b) => a.ts - b.ts);
  const steps = new Map<string, number>();
  for (const click of clicks) {
    click.step = steps.get(click.session) ?? 0;
    steps.set(click.session, click.step + 1);
  }
  for (const { session, item, ts, step } of clicks) {
    const visitor = `${part}-${session}`;
    yield JSON.stringify({
      kind: "event",
      id: `${visitor}-${step}`,
      type: "view_item",
      ts,
      anonymousId: visitor,
      items: [{ id: item }],
      properties: { sessionId: visitor },
    });
  }
}

function parseClick(path: string, line: number, text: string): Click {
  const fields = text.split("\t");
  const [session = "", item = "", time = ""] = fields;
  const seconds = Number(time);
  if (fields.length !== 3 || session === "" || item === "") {
    throw new LogError(path, line, `a click has SessionId, ItemId and Time, not ${JSON.stringify(text.slice(0, 60))}`);
  }
  if (time === "" || !(seconds > 0 && Number.isFinite(seconds))) {
    throw new LogError(path, line, `Time must be seconds since 1970, not ${JSON.stringify(time)}`);
  }
  return { session, item, ts: Math.round(seconds * 1000), step: 0 };
}
