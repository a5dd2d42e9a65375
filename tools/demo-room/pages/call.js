// The call: one RTCPeerConnection to each other person in the room, introduced over the server's WebSocket.
// The newcomer makes the offers, so that two offers never cross.

const CONSTRAINTS = { audio: true, video: { width: 640, height: 480 } };

export class Call extends EventTarget {
  #socket = null;
  #stream = null;
  #peers = new Map(); // id → { id, name, connection, work }
  #over = false;

  // Events: "local" (stream), "joined", "peer" (id, name, stream), "gone" (id), "state" (connected, connecting, failed),
  // "end" (error code and message, both empty after leave()).
  #tell(type, detail = {}) {
    this.dispatchEvent(Object.assign(new Event(type), { detail }));
  }

  async join(room, name) {
    if (!navigator.mediaDevices) throw new Error("this page has no camera: it must come over https or from localhost");
    const stream = await navigator.mediaDevices.getUserMedia(CONSTRAINTS);
    if (this.#over) return stream.getTracks().forEach(track => track.stop());
    this.#stream = stream;
    this.#tell("local", { stream });
    const url = new URL("/signal", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.search = new URLSearchParams({ room, name });
    this.#socket = new WebSocket(url);
    this.#socket.onmessage = event => this.#hear(JSON.parse(event.data));
    this.#socket.onclose = () => this.#end("signalling_lost", "the connection to the server was lost");
  }

  leave() {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#say({ type: "leave" });
    this.#end("", "");
  }

  connections() {
    return [...this.#peers.values()].map(({ id, connection }) => ({ id, connection }));
  }

  #say(message) {
    this.#socket.send(JSON.stringify(message));
  }

  #hear(message) {
    switch (message.type) {
      case "joined":
        this.#tell("joined", message);
        for (const peer of message.peers) this.#offer(this.#meet(peer));
        break;
      case "peer-joined": this.#meet(message.peer); break;
      case "peer-left": this.#part(message.id); break;
      case "error": this.#end(message.code, message.message); break;
      default: this.#queue(message);
    }
  }

  // One after the other for each peer: a candidate must not overtake the offer it belongs to.
  #queue(message) {
    const peer = this.#peers.get(message.from);
    if (!peer) return;
    peer.work = peer.work.then(() => this.#take(peer, message)).catch(error => {
      if (!this.#over) this.#tell("state", { failed: `${peer.name}: ${error.message}` });
    });
  }

  async #take(peer, { type, data }) {
    const { connection } = peer;
    if (connection.signalingState === "closed") return;
    if (type === "candidate") return connection.addIceCandidate(data);
    await connection.setRemoteDescription(data);
    if (type !== "offer") return;
    await connection.setLocalDescription();
    this.#say({ type: "answer", to: peer.id, data: connection.localDescription });
  }

  #meet({ id, name }) {
    const connection = new RTCPeerConnection();
    const peer = { id, name: name || "Guest", connection, work: Promise.resolve() };
    this.#peers.set(id, peer);
    for (const track of this.#stream.getTracks()) connection.addTrack(track, this.#stream);
    connection.onicecandidate = ({ candidate }) => {
      if (candidate && !this.#over) this.#say({ type: "candidate", to: id, data: candidate });
    };
    connection.ontrack = ({ streams }) => this.#tell("peer", { id, name: peer.name, stream: streams[0] });
    connection.onconnectionstatechange = () => this.#states();
    this.#states();
    return peer;
  }

  async #offer(peer) {
    await peer.connection.setLocalDescription();
    this.#say({ type: "offer", to: peer.id, data: peer.connection.localDescription });
  }

  #part(id) {
    this.#peers.get(id)?.connection.close();
    this.#peers.delete(id);
    this.#tell("gone", { id });
    this.#states();
  }

  #states() {
    const states = [...this.#peers.values()].map(({ name, connection }) => ({ name, state: connection.connectionState }));
    const failed = states.find(({ state }) => state === "failed");
    this.#tell("state", {
      failed: failed && `no way to ${failed.name} was found`,
      connected: states.filter(({ state }) => state === "connected").length,
      others: states.length,
    });
  }

  #end(code, message) {
    if (this.#over) return;
    this.#over = true;
    this.#socket?.close();
    for (const { connection } of this.#peers.values()) connection.close();
    this.#peers.clear();
    this.#stream?.getTracks().forEach(track => track.stop());
    this.#tell("end", { code, message });
  }
}
