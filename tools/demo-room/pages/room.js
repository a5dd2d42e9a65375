// The page: form, status line, pictures and bitrates. The call itself is in call.js.
import { Call } from "/call.js";

const $ = id => document.getElementById(id);
const shown = { room_full: "room is full" }; // short words for the codes that people meet
let call = null;
let rates = new Map(); // peer, direction and statistics entry → last { bytes, at }

const wanted = new URLSearchParams(location.search).get("room");
if (wanted) $("room").value = wanted;

function status(text, state = "") {
  $("status").textContent = text;
  $("status").dataset.state = state;
}

function inCall(yes) {
  for (const id of ["join", "room", "name"]) $(id).disabled = yes;
  $("leave").disabled = !yes;
}

function showPeer({ id, name, stream }) {
  let figure = document.getElementById(`peer-${id}`);
  if (!figure) {
    figure = document.createElement("figure");
    figure.id = `peer-${id}`;
    figure.className = "person";
    const video = document.createElement("video");
    video.className = "remote-video";
    video.autoplay = video.playsInline = true;
    video.setAttribute("aria-label", `Picture of ${name}`);
    const caption = document.createElement("figcaption");
    const who = Object.assign(document.createElement("strong"), { textContent: name });
    const rate = Object.assign(document.createElement("span"), { className: "rate" });
    caption.append(who, " ", rate);
    figure.append(video, caption);
    $("remotes").append(figure);
  }
  figure.querySelector("video").srcObject = stream;
}

function showState({ failed, connected, others }) {
  if (failed) return status(failed, "error");
  if (!others) return status("waiting", "waiting");
  if (connected < others) return status("connecting", "waiting");
  status("connected", "connected");
}

function clear() {
  $("remotes").replaceChildren();
  $("local").srcObject = null;
  $("local-rate").textContent = "";
  rates = new Map();
}

function explain(error) {
  const why = {
    NotAllowedError: "the camera or microphone was not allowed",
    NotFoundError: "no camera or microphone was found",
    NotReadableError: "the camera or microphone is in use elsewhere",
  };
  return why[error.name] ?? error.message;
}

async function join() {
  inCall(true);
  status("asking for camera and microphone", "waiting");
  const mine = (call = new Call());
  const on = (type, then) => mine.addEventListener(type, ({ detail }) => mine === call && then(detail));
  on("local", ({ stream }) => ($("local").srcObject = stream));
  on("joined", ({ peers }) => peers.length || status("waiting", "waiting"));
  on("peer", showPeer);
  on("gone", ({ id }) => document.getElementById(`peer-${id}`)?.remove());
  on("state", showState);
  on("end", ({ code, message }) => {
    call = null;
    clear();
    inCall(false);
    if (code) status(shown[code] ?? message, "error");
    else status("left", "idle");
  });
  try {
    await mine.join($("room").value.trim(), $("name").value.trim());
  } catch (error) {
    if (mine !== call) return;
    call = null;
    clear();
    inCall(false);
    status(explain(error), "error");
  }
}

// ---- bitrates, from what the connections count ----

function rateOf(key, bytes, at) {
  const last = rates.get(key);
  rates.set(key, { bytes, at });
  return last && at > last.at ? Math.max(0, (8 * (bytes - last.bytes)) / (at - last.at)) : null; // bits per ms = kbit/s
}

const text = (audio, video) =>
  audio === null && video === null ? "" : `audio ${Math.round(audio ?? 0)} · video ${Math.round(video ?? 0)} kbit/s`;

async function showRates() {
  const out = { audio: null, video: null };
  for (const { id, connection } of call?.connections() ?? []) {
    const heard = { audio: null, video: null };
    for (const entry of (await connection.getStats()).values()) {
      if (entry.type === "inbound-rtp") {
        const rate = rateOf(`${id} in ${entry.id}`, entry.bytesReceived, entry.timestamp);
        if (rate !== null) heard[entry.kind] = (heard[entry.kind] ?? 0) + rate;
      } else if (entry.type === "outbound-rtp") {
        const rate = rateOf(`${id} out ${entry.id}`, entry.bytesSent, entry.timestamp);
        if (rate !== null) out[entry.kind] = (out[entry.kind] ?? 0) + rate;
      }
    }
    const line = document.querySelector(`#peer-${id} .rate`);
    if (line) line.textContent = text(heard.audio, heard.video);
  }
  if (call) $("local-rate").textContent = text(out.audio, out.video);
}
setInterval(() => showRates().catch(() => {}), 1000); // a connection may close while it counts

$("entry").addEventListener("submit", event => {
  event.preventDefault();
  if (!call && $("room").value.trim()) join();
});
$("leave").addEventListener("click", () => call?.leave());
addEventListener("pagehide", () => call?.leave());
