import { expect, test } from "vitest";
import { Section } from "./section.ts";
import { encodeTensors } from "./tensor-file.ts";
import { DEFAULT_VOTES, readVotes, type VoteSettings, voteTensor } from "./vote-settings.ts";

function sectionOf(settings: VoteSettings): Section {
  const data = voteTensor(settings);
  return new Section("sessions", encodeTensors({ votes: { shape: [data.length], data } }));
}

test("settings travel as they are; a section of before has the defaults", () => {
  const settings = { neighbours: 7, sample: 30, decay: 1.5, rarity: 0, halfLifeHours: 72 };
  expect(readVotes(sectionOf(settings))).toEqual(settings);
  const before = new Section("sessions", encodeTensors({ lately: { shape: [1], data: new Float32Array(1) } }));
  expect(readVotes(before)).toEqual(DEFAULT_VOTES);
});

test.each([
  ["neighbours", 501],
  ["neighbours", 1.5],
  ["sample", 0],
  ["sample", 20.5],
  ["decay", -1],
  ["rarity", Number.NaN],
  ["halfLifeHours", 0],
] as const)("%s of %d is refused with its name", (name, value) => {
  const read = () => readVotes(sectionOf({ ...DEFAULT_VOTES, [name]: value }));
  expect(read).toThrow(
    Number.isNaN(value) ? /votes: holds a number that is not finite/ : new RegExp(`votes: ${name} is`),
  );
});
