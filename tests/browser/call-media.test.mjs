// What camera and microphone see and hear: the built-in talking head and files of the user's own, from the profile to the
// other side's statistics.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { watchBrowsers } from "../support/browsers.mjs";
import { call, demoRoom, pageServer, told } from "../support/calls.mjs";
import { exits, scratch } from "../support/programs.mjs";

const between = (value, from, to, what) => assert.ok(value >= from && value <= to, `${what} is ${value}, wanted ${from} to ${to}`);
const channel = (probe, id) => probe.channels.find(each => each.id === id) ?? assert.fail(`no ${id} among ${probe.channels.map(c => c.id)}`);
const ffmpeg = spawnSync("ffmpeg", ["-version"]).status === 0;

// A call in the page itself, at the size the camera has.
const loopback = `<script>
  addEventListener('load', async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1920 } }, audio: true });
    const [a, b] = [new RTCPeerConnection(), new RTCPeerConnection()];
    a.onicecandidate = e => b.addIceCandidate(e.candidate);
    b.onicecandidate = e => a.addIceCandidate(e.candidate);
    b.ontrack = e => { document.querySelector('video').srcObject = e.streams[0]; };
    // A busy machine must cost frames here, not size.
    stream.getVideoTracks()[0].contentHint = 'detail';
    for (const track of stream.getTracks()) a.addTrack(track, stream);
    await a.setLocalDescription();
    await b.setRemoteDescription(a.localDescription);
    await b.setLocalDescription();
    await a.setRemoteDescription(b.localDescription);
    document.querySelector('video').onplaying = () => { document.body.id = 'playing'; };
  });
</script><video autoplay muted></video>`;

test("the talking head flows at both sizes and costs real bitrate; probes of one media share a browser", { timeout: 280_000 }, async t => {
  const at = scratch(t), url = await pageServer(t, { "/": loopback });
  const running = call(t, at, "client.url(process.env.RTC_SERVICE_URL + '/').waitForElementPresent('#playing', 60000).pause(14000);",
    { url, runOptions: "#probes:3 #timeout:4", limit: 240_000,
      yaml: "profiles: [{media: talking-head}, {media: talking-head-720p}, {media: talking-head}]\n" });
  const watch = watchBrowsers(running.child.pid);
  const result = exits(await running.result.finally(watch.stop), 0);
  const cameras = watch.seen().map(words => words.find(word => word.startsWith("--use-file-for-fake-video-capture="))).sort();
  assert.equal(cameras.length, 2, `two browsers for two media: ${cameras}`);
  assert.match(cameras[0], /talking-head-480-v\d+\.y4m$/);
  assert.match(cameras[1], /talking-head-720-v\d+\.y4m$/);
  assert.deepEqual(result.probes.map(probe => probe.media), ["talking-head", "talking-head-720p", "talking-head"]);
  for (const [i, width, height] of [[0, 640, 480], [1, 1280, 720], [2, 640, 480]]) {
    const sent = channel(result.probes[i], "video.out #1").metrics, voice = channel(result.probes[i], "audio.out #1").metrics;
    assert.deepEqual([sent.width.maximum, sent.height.maximum], [width, height]);
    assert.ok(sent.bitrate.maximum > 300, `probe ${i + 1}: ${sent.bitrate.maximum} kbit/s of video`);
    assert.ok(sent.fps.maximum > 3, `probe ${i + 1}: ${sent.fps.maximum} frames a second`);
    between(voice.bitrate.average, 8, 80, "kbit/s of voice");
    // Speech comes and goes: so does the bitrate of a codec that spends on what there is.
    assert.ok(voice.bitrate.maximum > 1.05 * voice.bitrate.minimum, "the voice never pauses");
  }
});

test("two people see each other's talking heads", async t => {
  const at = scratch(t), url = await demoRoom(t, at);
  const result = exits(await call(t, at, `client.url(process.env.RTC_SERVICE_URL + '/?room=' + process.env.RTC_SESSION_NAME)
    .waitForElementVisible('#join', 10000).click('#join').waitForElementVisible('.remote-video', 30000).pause(12000);`,
    { url, runOptions: "#session:2 #timeout:3", limit: 200_000, yaml: "profiles: [{media: talking-head}]\n" }).result, 0);
  for (const probe of result.probes) {
    assert.ok(channel(probe, "video.in #1").metrics.bitrate.maximum > 200, "kbit/s received");
    between(channel(probe, "audio.in #1").metrics.bitrate.average, 8, 80, "kbit/s of voice");
  }
});

// ---- Files of the user's own: a picture of one colour, and a tone --------------------------------------------------

function y4m(width, height, [y, u, v]) {
  const frame = Buffer.concat([Buffer.from("FRAME\n"), Buffer.alloc(width * height, y),
    Buffer.alloc(width * height / 4, u), Buffer.alloc(width * height / 4, v)]);
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${width} H${height} F15:1 Ip A1:1 C420jpeg\n`), ...Array(15).fill(frame)]);
}

function wav(seconds, frequency) {
  const rate = 48000, samples = Buffer.alloc(2 * rate * seconds), head = Buffer.alloc(44);
  for (let i = 0; i < rate * seconds; i++) samples.writeInt16LE(Math.round(12000 * Math.sin(2 * Math.PI * frequency * i / rate)), 2 * i);
  head.write("RIFF", 0); head.writeUInt32LE(36 + samples.length, 4); head.write("WAVEfmt ", 8); head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20); head.writeUInt16LE(1, 22); head.writeUInt32LE(rate, 24); head.writeUInt32LE(2 * rate, 28);
  head.writeUInt16LE(2, 32); head.writeUInt16LE(16, 34); head.write("data", 36); head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

const make = (at, ...options) => {
  const made = spawnSync("ffmpeg", ["-nostdin", "-v", "error", "-y", ...options], { cwd: at.directory, encoding: "utf8" });
  assert.equal(made.status, 0, made.stderr);
};

// Says what the camera shows (size, and which colour is strongest) and the strongest frequency that is heard.
const mirror = `<h1>mirror</h1><video autoplay muted></video><script>
  addEventListener('load', async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1920 } },
      audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
    const video = document.querySelector('video');
    video.srcObject = stream;
    const audio = new AudioContext({ sampleRate: 48000 }), ear = audio.createAnalyser();
    ear.fftSize = 8192;
    audio.createMediaStreamSource(stream).connect(ear);
    const heard = new Float32Array(ear.frequencyBinCount);
    setInterval(() => {
      if (!video.videoWidth) return;
      const canvas = new OffscreenCanvas(8, 8), pen = canvas.getContext('2d');
      pen.drawImage(video, 0, 0, 8, 8);
      const [r, g, b] = pen.getImageData(4, 4, 1, 1).data;
      ear.getFloatFrequencyData(heard);
      const strongest = heard.indexOf(Math.max(...heard));
      const color = r > g && r > b ? 'red' : g > b ? 'green' : 'blue';
      document.title = [video.videoWidth + 'x' + video.videoHeight, color, Math.round(strongest * 48000 / 8192 / 100) * 100,
        heard[strongest] > -60 ? 'heard' : 'silent'].join(' ');
    }, 100);
  });
</script>`;
const look = "client.url(process.env.RTC_SERVICE_URL + '/').waitForElementVisible('h1', 10000).pause(6000).getTitle(title => client.rtcInfo(title));";
const green = [150, 44, 21];

describe("files", { timeout: 280_000 }, () => {
  const rows = [
    { media: "face.y4m,voice.wav", shows: /^320x240 green 1000 heard$/ },
    { media: "face.y4m", shows: /^320x240 green / },
    { media: "face.mjpeg", needs: true, shows: /^320x240 red / },
    { media: "film.mp4", needs: true, shows: /^320x240 blue 600 heard$/ },
    { media: "silent.mp4", needs: true, shows: /^320x240 blue \d+ silent$/ },
    { media: "film.webm,voice.wav", needs: true, shows: /^320x240 blue 1000 heard$/ },
  ];
  for (const { media, needs, shows } of rows)
    test(media, { skip: needs && !ffmpeg && "ffmpeg is not installed" }, async t => {
      const at = scratch(t), url = await pageServer(t, { "/": mirror });
      writeFileSync(at.path("face.y4m"), y4m(320, 240, green));
      writeFileSync(at.path("voice.wav"), wav(2, 1000));
      const film = ["-f", "lavfi", "-i", "color=blue:size=320x240:rate=15", "-f", "lavfi", "-i", "sine=frequency=600", "-t", "3"];
      if (media.includes("mjpeg")) make(at, "-f", "lavfi", "-i", "color=red:size=320x240:rate=15", "-t", "1", "-f", "mjpeg", "face.mjpeg");
      if (media.includes("film.mp4")) make(at, ...film, "-pix_fmt", "yuv420p", "film.mp4");
      if (media.includes("silent")) make(at, ...film.slice(0, 4), "-t", "3", "-pix_fmt", "yuv420p", "silent.mp4");
      if (media.includes("webm")) make(at, ...film, "-c:v", "libvpx", "-c:a", "libopus", "film.webm");
      const result = exits(await call(t, at, look, { url, runOptions: "#timeout:2", yaml: `profiles: [{media: '${media}'}]\n` }).result, 0);
      assert.match(told(result.probes[0]).at(-1), shows);
      assert.equal(result.probes[0].media, media);
    });

  test("a film without ffmpeg, and one that is none, end with a sentence", async t => {
    const at = scratch(t);
    at.write("film.mp4", "this is no film");
    const yaml = "profiles: [{media: film.mp4}]\n";
    if (ffmpeg) {
      const broken = exits(await call(t, at, "return;", { yaml }).result, 1);
      assert.match(broken.probes[0].reasons[0], /^ffmpeg could not read .*film\.mp4: .*Invalid data/);
    }
    at.env.PATH = at.directory;
    const missing = exits(await call(t, at, "return;", { yaml, options: ["--chromium", "/bin/true"] }).result, 1);
    assert.match(missing.probes[0].reasons[0], /^ffmpeg is not installed: it is needed for films \(mp4, webm\)$/);
  });
});
