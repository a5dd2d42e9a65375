// The independent E-model behind the grid of tests/fixtures/e-model, against the Recommendation's own figures.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { csv, mos, rating } from "../fixtures/e-model/g107.mjs";

test("defaults come to R = 93.2, as G.107 says", () => {
  assert.equal(rating({ Ppl: 0, BurstR: 1, Ta: 0, Ie: 0, Bpl: 25.1 }).toFixed(1), "93.2");
});

// G.107, table B.1. It gives 4.03 for 80, which its own formula makes 4.024.
for (const [R, wanted] of [[90, 4.34], [80, 4.03], [70, 3.60], [60, 3.10], [50, 2.58]])
  test(`R ${R} is a MOS of ${wanted}`, () => assert.ok(Math.abs(mos(R) - wanted) < 0.0065, `${mos(R)}`));

test("the grid is what the formula gives", () => {
  assert.equal(readFileSync(new URL("../fixtures/e-model/grid.csv", import.meta.url), "utf8"), csv());
});
