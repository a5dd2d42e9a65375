// What a call shows of the network it was given: one call of two probes, whose first one goes from network to network,
// and the raw statistics of both browsers.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { call } from "./calls.mjs";
import { exits } from "./programs.mjs";

/** IP and UDP: what the browser's counters leave out, and a link's rate counts. */
const HEADERS = 28;
/** Seconds that browsers may take to get used to a network; congestion control finds the way up slowly. */
const SETTLE = 4;
export const SETTLE_RATE = 15;

const median = values => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const both = way => ({ outgoing: way, incoming: way });
export const loss = percent => both({ packetloss: percent / 100 });
export const delay = ms => both({ latency: ms });
/** Of what probe 1 sends. */
export const rate = kbps => ({ outgoing: { bitrate: kbps } });

/** Raw statistics of one probe between two moments (epoch, ms): what grew, and round trips. */
function growth(lines, from, to) {
  const within = lines.filter(line => line.at >= from && line.at <= to && line.connections.length > 0);
  assert.ok(within.length >= 3, `only ${within.length} samples of a window`);
  const stats = line => line.connections.flatMap(connection => connection.stats);
  const sum = (line, type, field) => stats(line).filter(each => each.type === type)
    .reduce((total, each) => total + (each[field] ?? 0), 0);
  const grown = (type, field) => sum(within.at(-1), type, field) - sum(within[0], type, field);
  return {
    seconds: (within.at(-1).at - within[0].at) / 1000,
    lost: grown("inbound-rtp", "packetsLost"),
    // Retransmissions are a stream of their own, whose losses are not counted.
    received: grown("inbound-rtp", "packetsReceived") - grown("inbound-rtp", "retransmittedPacketsReceived"),
    bytes: grown("transport", "bytesReceived"),
    packets: grown("transport", "packetsReceived"),
    rtts: within.flatMap(line => stats(line).filter(each => each.type === "candidate-pair" && each.state === "succeeded")
      .map(each => each.currentRoundTripTime * 1000)),
  };
}

/**
 * Runs a call through `steps`, each {name, network, seconds, settle}, and gives for each {lossPercent (both ways together),
 * rttMs (median), wireKbps (what arrived from probe 1, headers included)}, and the run.
 */
export async function measure(t, at, url, steps, { options = [], media = "talking-head" } = {}) {
  const script = `client
  .url(process.env.RTC_SERVICE_URL + '/?room=' + process.env.RTC_SESSION_NAME)
  .waitForElementVisible('#join', 30000).click('#join').waitForElementVisible('.remote-video', 40000).pause(5000);
const mine = process.env.RTC_AGENT_NUM === '1';
for (const {name, network, seconds} of ${JSON.stringify(steps)}) {
  if (mine) client.rtcSetNetwork(network);
  client.rtcEvent(name, 'local').pause(seconds * 1000);
}
client.rtcEvent('end', 'local');`;
  const total = steps.reduce((sum, step) => sum + step.seconds, 60);
  const result = exits(await call(t, at, script, { url, limit: (total + 120) * 1000, options,
    runOptions: `#session:2 #timeout:${Math.ceil(total / 60) + 1} #getstats #getstats-frequency:1`,
    yaml: `profiles: [{media: ${media}}]\n` }).result, 0);
  const began = Date.parse(result.run.startedAt);
  const probes = result.probes.map(probe => ({
    events: probe.events,
    lines: readFileSync(join(result.run.artifacts, `probe-${probe.probe}-getstats.jsonl`), "utf8")
      .trimEnd().split("\n").map(line => JSON.parse(line)),
  }));
  const names = [...steps.map(step => step.name), "end"];
  const moment = (probe, name) => began + probe.events.find(event => event.name === name).at * 1000;
  const figures = steps.map((step, i) => {
    // Both probes are where their scripts are: what both have seen is the later start and the earlier end.
    const from = Math.max(...probes.map(probe => moment(probe, names[i]))) + (step.settle ?? SETTLE) * 1000;
    const to = Math.min(...probes.map(probe => moment(probe, names[i + 1])));
    const [one, two] = probes.map(probe => growth(probe.lines, from, to));
    const lost = one.lost + two.lost;
    return {
      name: step.name,
      packets: lost + one.received + two.received,
      lossPercent: 100 * lost / (lost + one.received + two.received),
      rttMs: median([...one.rtts, ...two.rtts]),
      wireKbps: (two.bytes + HEADERS * two.packets) * 8 / 1000 / two.seconds,
    };
  });
  return { figures, run: result.run, probes: result.probes };
}
