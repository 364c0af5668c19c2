// What the edge costs at the visitors' objects, counted by doubles.
import { expect, test } from "vitest";
import type { IngestBatch, IngestResult, MovedAnswer } from "../../durable-objects/visitor-messages.ts";
import { eraseVisitor, ingestInto, stateOf, type VisitorObjects } from "./objects.ts";

const BATCH: IngestBatch = { name: "default:a:1", events: "[]", receivedAt: 1, recorded: true };
const DONE: IngestResult = { statuses: ["accepted"], seq: 1, strangers: [] };
const MOVED: MovedAnswer = { moved: "default:u:1", arrived: true };

/** Objects by name, and the calls that were made. */
function doubles(ingest: Record<string, (call: number) => IngestResult | MovedAnswer>, arrives = true) {
  const calls: string[] = [];
  const objects: VisitorObjects = {
    getByName: (name) => ({
      ingest: async (batch) => {
        expect(batch.name).toBe(name);
        calls.push(`ingest ${name}`);
        return (ingest[name] ?? (() => DONE))(calls.length);
      },
      readState: async () => {
        calls.push(`read ${name}`);
        return name === "default:a:1" ? MOVED : Uint8Array.of(2);
      },
      erase: async () => {
        calls.push(`erase ${name}`);
        return name === "default:a:1"
          ? [MOVED.moved]
          : ["default:a:1", "default:a:2"].filter(() => name === MOVED.moved);
      },
      mergeInto: async (own, user) => {
        calls.push(`merge ${own} into ${user}`);
        return { moved: user, arrived: arrives };
      },
      stopRecording: async () => void calls.push(`stop ${name}`),
    }),
  };
  return { objects, calls };
}

const broken = (flags: Record<string, boolean>) => () => {
  throw Object.assign(new Error("broken"), flags);
};

test("a batch of events is one call", async () => {
  const { objects, calls } = doubles({});
  expect(await ingestInto(objects, BATCH)).toBe(DONE);
  expect(calls).toEqual(["ingest default:a:1"]);
});

test("for a visitor who has become a user it is two, and the user keeps them", async () => {
  const { objects, calls } = doubles({ "default:a:1": () => MOVED });
  expect(await ingestInto(objects, BATCH)).toBe(DONE);
  expect(calls).toEqual(["ingest default:a:1", "ingest default:u:1"]);
});

test("until everything has arrived at the user, the visitor's object is asked to hand it over, or nothing is taken", async () => {
  const moving = { "default:a:1": () => ({ ...MOVED, arrived: false }) };
  const { objects, calls } = doubles(moving);
  expect(await ingestInto(objects, BATCH)).toBe(DONE);
  expect(calls).toEqual(["ingest default:a:1", "merge default:a:1 into default:u:1", "ingest default:u:1"]);
  const stuck = doubles(moving, false);
  expect(await ingestInto(stuck.objects, BATCH)).toMatchObject({ failed: { code: "unavailable" } });
  expect(stuck.calls).not.toContain("ingest default:u:1");
});

test("what may pass is tried once more, an overload never", async () => {
  const retryable = doubles({ "default:a:1": (call) => (call === 1 ? broken({ retryable: true })() : DONE) });
  expect(await ingestInto(retryable.objects, BATCH)).toBe(DONE);
  expect(retryable.calls).toHaveLength(2);

  const overloaded = doubles({ "default:a:1": broken({ overloaded: true, retryable: true }) });
  expect(await ingestInto(overloaded.objects, BATCH)).toMatchObject({ failed: { code: "overloaded" } });
  expect(overloaded.calls).toHaveLength(1);
});

test("reading and erasing follow a visitor who has become a user, where the caller may", async () => {
  const { objects, calls } = doubles({});
  expect(await stateOf(objects, "default:a:1", false)).toBeNull();
  expect(await stateOf(objects, "default:a:1", true)).toEqual(Uint8Array.of(2));
  calls.length = 0;
  await eraseVisitor(objects, "default:a:1", false);
  expect(calls).toEqual(["erase default:a:1"]);
  calls.length = 0;
  await eraseVisitor(objects, "default:a:1", true);
  expect(calls.toSorted()).toEqual(["erase default:a:1", "erase default:a:2", "erase default:u:1"]);
});

test("an object that does not answer is a problem that may pass", async () => {
  const { objects } = doubles({});
  const broken: VisitorObjects = {
    getByName: (name) => ({ ...objects.getByName(name), erase: () => Promise.reject(new Error("reset")) }),
  };
  await expect(eraseVisitor(broken, "default:a:1", true)).rejects.toMatchObject({ status: 503, code: "unavailable" });
});
