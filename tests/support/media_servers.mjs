// Media servers that are not ours, for the tests of calls: coturn and Janus, each with a configuration of its own, in the
// network namespace of the test, ended with it.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { closedPort } from "./programs.mjs";
import { daemon } from "./outside.mjs";

/**
 * coturn on 127.0.0.1 with the user "u" and the password "p". It relays to this machine only when `carries`: refusing that
 * is its default. Gives {port, said, server(transport, extra)}: an entry for a page's iceServers.
 */
export async function coturn(t, at, { carries = true } = {}) {
  const port = await closedPort();
  const running = await daemon(t, port, "turnserver", ["-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1",
    `--listening-port=${port}`, "--lt-cred-mech", "--user=u:p", "--realm=test", "--no-tls", "--no-dtls", "--no-cli",
    "--log-file=stdout", "--simple-log", `--pidfile=${at.path("turnserver.pid")}`, `--userdb=${at.path("turnserver.db")}`,
    ...carries ? ["--allow-loopback-peers"] : []]);
  return Object.assign(running, { port, server: (transport, extra) => turnServer(port, transport, extra) });
}

/** An entry for iceServers, of a TURN server that need not be there. */
export const turnServer = (port, transport = "udp", extra = {}) =>
  ({ urls: `turn:127.0.0.1:${port}?transport=${transport}`, username: "u", credential: "p", ...extra });

/**
 * Makes every connection of the page in front use these servers, and relays only: the part of a script that follows the
 * page's opening.
 */
export const relayOnly = servers => `client.execute(function (iceServers) {
  const Plain = RTCPeerConnection;
  window.RTCPeerConnection = class extends Plain {
    constructor(configuration) {
      super({ ...configuration, iceServers, iceTransportPolicy: 'relay' });
    }
  };
}, [${JSON.stringify([].concat(servers))}]);`;

/**
 * A second address beside loopback, in the test's own network: Janus carries no media over loopback. To be called
 * before a browser or Janus is started.
 */
export function ownAddress(address = "10.78.0.1") {
  const ip = (...words) => execFileSync("ip", words, { stdio: "pipe" });
  if (execFileSync("ip", ["-o", "-4", "address"], { encoding: "utf8" }).includes(` ${address}/`)) return address;
  ip("link", "add", "media0", "type", "veth", "peer", "name", "media1");
  ip("address", "add", `${address}/24`, "dev", "media0");
  for (const device of ["media0", "media1"]) ip("link", "set", device, "up");
  return address;
}

/**
 * Janus with echotest and videoroom, and the room 1 in it. Gives {url, said}: the address of its WebSocket API. Media goes
 * over `address` alone.
 */
export async function janus(t, at, address) {
  const port = await closedPort();
  mkdirSync(at.path("janus"));
  // Of a list only what is not disabled is loaded.
  at.write("janus/janus.jcfg", `general: { configs_folder = "${at.path("janus")}"; debug_level = 3; admin_secret = "s"; }
nat: { ice_enforce_list = "${address}"; ignore_mdns = true; }
media: { ipv6 = false; }
plugins: { disable = "${["audiobridge", "duktape", "lua", "nosip", "recordplay", "sip", "streaming", "textroom", "videocall", "voicemail"]
    .map(name => `libjanus_${name}.so`).join(",")}"; }
transports: { disable = "${["http", "mqtt", "nanomsg", "pfunix", "rabbitmq"].map(name => `libjanus_${name}.so`).join(",")}"; }
`);
  at.write("janus/janus.transport.websockets.jcfg",
    `general: { json = "plain"; ws = true; ws_port = ${port}; ws_ip = "127.0.0.1"; wss = false; }\nadmin: { admin_ws = false; }\n`);
  at.write("janus/janus.plugin.videoroom.jcfg",
    "general: { }\nroom-1: { description = \"test\"; publishers = 8; bitrate = 512000; audiocodec = \"opus\"; videocodec = \"vp8\"; }\n");
  const running = await daemon(t, port, "janus", [`--configs-folder=${at.path("janus")}`,
    `--config=${at.path("janus/janus.jcfg")}`, "--disable-colors", "--log-stdout"]);
  return Object.assign(running, { url: `ws://127.0.0.1:${port}` });
}
