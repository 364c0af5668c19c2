import { describe, expect, test } from "vitest";
import { spreadLists } from "./lists.ts";
import type { ListwiseData } from "./listwise.ts";

/** Lists of 1, 2, 3, 1, 2, 3 … rows; each row says which list it is of and which row. */
function lists(count: number): ListwiseData {
  const groups = [0];
  const matrix: number[] = [];
  const labels: number[] = [];
  for (let list = 0; list < count; list++) {
    for (let row = 0; row <= list % 3; row++) {
      matrix.push(list, row);
      labels.push(10 * list + row);
    }
    groups.push(labels.length);
  }
  return {
    matrix: Float32Array.from(matrix),
    groups: Uint32Array.from(groups),
    labels: Float32Array.from(labels),
    columns: 2,
  };
}

describe("some of the lists", () => {
  test("are all where they have no more rows than that", () => {
    const data = lists(7);
    const some = spreadLists(data, data.labels.length);
    expect(some.data).toBe(data);
    expect([...some.lists]).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test("are whole, lie evenly over all, and have about so many rows", () => {
    const all = lists(300);
    const { data, lists: kept } = spreadLists(all, 200);
    expect(kept).toHaveLength(100);
    expect([...kept]).toEqual(Array.from({ length: 100 }, (_, i) => 3 * i));
    const other = spreadLists(all, 270);
    expect(other.lists).toHaveLength(135);
    expect(other.data.labels.length).toBeGreaterThan(200);
    expect(other.data.labels.length).toBeLessThan(340);
    for (const { data: each, lists: numbers } of [{ data, lists: kept }, other]) {
      expect(each.matrix).toHaveLength(each.labels.length * 2);
      expect(each.groups.at(-1)).toBe(each.labels.length);
      numbers.forEach((list, i) => {
        const rows = Array.from(each.labels.subarray(each.groups[i], each.groups[i + 1]));
        expect(rows).toEqual(Array.from({ length: (list % 3) + 1 }, (_, row) => 10 * list + row));
        expect(each.matrix[2 * (each.groups[i] as number)]).toBe(list);
      });
    }
  });

  test("are one at least", () => {
    expect(spreadLists(lists(9), 0).lists).toHaveLength(1);
  });
});
