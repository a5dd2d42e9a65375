// The table of tools/bench/fidelity.
import { cpus, release } from "node:os";
import { demoRoom } from "../../tests/support/calls.mjs";
import { delay, loss, measure, rate } from "../../tests/support/fidelity.mjs";
import { scratch } from "../../tests/support/programs.mjs";

const relative = (wanted, share) => [wanted * (1 - share), wanted * (1 + share)];
const rows = [
  // Seconds: with 100 packets of sound and some hundred of pictures a second, 1% needs a minute to show within a few
  // hundredths of itself.
  ...[[1, 75], [2, 60], [5, 40], [10, 40]].map(([percent, seconds]) => ({ seconds, network: loss(percent),
    set: `loss ${percent}%, each way`, figure: "lossPercent", unit: "%", digits: 2, wanted: relative(percent, 0.2) })),
  ...[0, 50, 150].map(ms => ({ seconds: 20, network: delay(ms), set: `delay ${ms} ms, each way`, figure: "rttMs",
    unit: "ms round trip", digits: 1, wanted: [2 * ms, 2 * ms + 5] })),
  // Downwards: congestion control gives way within seconds, and takes a minute for the way up.
  ...[1000, 300, 100].map(kbps => ({ seconds: 60, settle: 30, network: rate(kbps), set: `rate ${kbps} kbit/s, out`,
    figure: "wireKbps", unit: "kbit/s", digits: 0, wanted: [0.9 * kbps, kbps] })),
];

// What the helpers of the tests ask of a test.
const ends = [];
const t = { after: end => ends.push(end) };
let failed = false;
try {
  const at = scratch(t), url = await demoRoom(t, at, [], { limit: 900_000 });
  const { figures, run } = await measure(t, at, url, rows.map(({ set, ...row }) => ({ name: set, ...row })),
    { options: ["--network-emulation", "link"] });
  console.log(`${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0].model.trim()}, Linux ${release()}, ${run.networkEmulation}`);
  for (const line of run.log.filter(each => each.level === "warning")) console.log(`! ${line.text}`);
  console.log("\n| set | reported | wanted | packets |\n| --- | --- | --- | --- |");
  rows.forEach((row, i) => {
    const value = figures[i][row.figure], shown = number => number.toFixed(row.digits);
    const well = value >= row.wanted[0] && value <= row.wanted[1];
    failed ||= !well;
    console.log(`| ${row.set} | ${shown(value)} ${row.unit}${well ? "" : " **out**"} | ${row.wanted.map(shown).join(" to ")} | ${figures[i].packets} |`);
  });
} finally {
  for (const end of ends.reverse()) await end();
}
process.exitCode = failed ? 1 : 0;
