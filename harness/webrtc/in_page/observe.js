// Injected into every document before its own scripts. Keeps the page's peer connections, notes what happens to
// them and when, and hands their statistics over on request. Everything is bounded, and nothing here may change
// what the page sees or throw into it.
(() => {
    'use strict';
    const Native = globalThis.RTCPeerConnection;
    if (!Native || globalThis.__ringback) return;

    const maxConnections = 200;
    const maxEvents = 5000;
    const id = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;  // of this document
    const connections = [];
    let made = 0;
    const known = new WeakMap();
    let events = [];
    let lost = 0;  // events that found no room

    const now = () => performance.timeOrigin + performance.now();
    const quietly = (action) => {
        try {
            return action();
        } catch {
            return undefined;
        }
    };
    const note = (entry, type, value) => {
        if (events.length >= maxEvents) lost++;
        else events.push({at: now(), connection: entry.id, type, value: String(value ?? '').slice(0, 20000)});
    };

    // The configuration as people want to read it, without passwords.
    const describe = (configuration) => quietly(() => JSON.stringify(configuration ?? {},
        (key, value) => (key === 'credential' ? '***' : value))) ?? '';

    const watch = (pc, configuration) => {
        if (connections.length >= maxConnections) {
            lost++;
            return;
        }
        const entry = {id: ++made, pc, left: false, final: null, firsts: new Set()};
        connections.push(entry);
        known.set(pc, entry);
        note(entry, 'created', describe(configuration));
        for (const [type, read] of [
            ['signalingstatechange', () => pc.signalingState],
            ['icegatheringstatechange', () => pc.iceGatheringState],
            ['iceconnectionstatechange', () => pc.iceConnectionState],
            ['connectionstatechange', () => pc.connectionState],
        ]) pc.addEventListener(type, () => note(entry, type, read()));
        pc.addEventListener('negotiationneeded', () => note(entry, 'negotiationneeded'));
        pc.addEventListener('icecandidate', (event) =>
            note(entry, 'icecandidate', event.candidate ? event.candidate.candidate : ''));
        pc.addEventListener('icecandidateerror', (event) =>
            note(entry, 'icecandidateerror', `${event.errorCode} ${event.errorText} (${event.url})`));
        pc.addEventListener('track', (event) => {
            note(entry, 'track', event.track.kind);
            quietly(() => firsts(entry, event));
        });
    };

    // A remote track is unmuted by its first packet; its first picture is seen by asking.
    const firsts = (entry, {track, receiver}) => {
        const first = (type) => {
            if (entry.firsts.has(type)) return;
            entry.firsts.add(type);
            note(entry, type, track.kind);
        };
        if (!track.muted) first('first-packet');
        track.addEventListener('unmute', () => first('first-packet'));
        if (track.kind !== 'video' || entry.firsts.has('first-frame')) return;
        const until = now() + 60000;
        const look = async () => {
            if (entry.firsts.has('first-frame') || now() > until || entry.pc.connectionState === 'closed') return;
            const report = await quietly(() => receiver.getStats());
            for (const stat of report?.values() ?? [])
                if (stat.type === 'inbound-rtp' && stat.framesDecoded > 0) return first('first-frame');
            setTimeout(() => look().catch(() => {}), 40);
        };
        look().catch(() => {});
    };

    const hook = (name, before) => {
        const original = Native.prototype[name];
        if (typeof original !== 'function') return;
        Object.defineProperty(Native.prototype, name, {
            configurable: true,
            enumerable: true,
            writable: true,
            value: {
                [name](...given) {
                    const entry = known.get(this);
                    if (entry) quietly(() => before(entry, given));
                    return original.apply(this, given);
                },
            }[name],
        });
    };
    const sdp = (entry, type, description) =>
        note(entry, type, description ? `type: ${description.type}, sdp: ${description.sdp ?? ''}` : '');
    hook('setLocalDescription', (entry, [description]) => sdp(entry, 'setLocalDescription', description));
    hook('setRemoteDescription', (entry, [description]) => sdp(entry, 'setRemoteDescription', description));
    hook('addIceCandidate', (entry, [candidate]) => note(entry, 'addIceCandidate', candidate?.candidate));
    hook('setConfiguration', (entry, [configuration]) => note(entry, 'setConfiguration', describe(configuration)));
    hook('close', (entry) => {
        // The last figures: a closed connection has none.
        if (!entry.left) entry.final = Native.prototype.getStats.call(entry.pc).catch(() => null);
        entry.left = true;
        note(entry, 'close');
    });

    class RTCPeerConnection extends Native {
        constructor(...given) {
            super(...given);
            quietly(() => watch(this, given[0]));
        }
    }
    for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection'])
        if (globalThis[name])
            Object.defineProperty(globalThis, name, {
                configurable: true, enumerable: false, writable: true, value: RTCPeerConnection,
            });

    // ---- Camera and microphone

    const page = {id: 0};  // what happens to no connection
    if (!isSecureContext && globalThis === top && location.protocol === 'http:') note(page, 'insecurecontext', location.origin);
    const devices = globalThis.MediaDevices?.prototype;
    for (const name of ['getUserMedia', 'getDisplayMedia']) {
        const original = devices?.[name];
        if (typeof original !== 'function') continue;
        Object.defineProperty(devices, name, {
            configurable: true,
            enumerable: true,
            writable: true,
            value: {
                [name](...given) {
                    // The page's own rejection, handled or not, must stay what it was: nothing is caught for good.
                    return original.apply(this, given).then((stream) => {
                        note(page, name.toLowerCase(), quietly(() => JSON.stringify(given[0])) ?? '');
                        return stream;
                    }, (error) => {
                        note(page, `${name.toLowerCase()}error`, `${error?.name}: ${error?.message}`);
                        throw error;
                    });
                },
            }[name],
        });
    }

    // ---- Statistics

    // Of each type the members that channel_figures.cpp makes its figures of.
    const stream = ['kind', 'ssrc', 'timestamp', 'frameWidth', 'frameHeight', 'transportId', 'codecId', 'nackCount', 'pliCount'];
    const members = {
        'inbound-rtp': [...stream, 'packetsReceived', 'retransmittedPacketsReceived', 'packetsLost', 'bytesReceived', 'jitter',
            'jitterBufferDelay', 'jitterBufferEmittedCount', 'framesDecoded', 'framesDropped', 'freezeCount',
            'totalFreezesDuration', 'keyFramesDecoded', 'audioLevel', 'concealedSamples', 'totalSamplesReceived'],
        'outbound-rtp': [...stream, 'packetsSent', 'bytesSent', 'framesSent', 'framesEncoded', 'keyFramesEncoded',
            'targetBitrate', 'qualityLimitationDurations', 'remoteId', 'mediaSourceId'],
        'remote-inbound-rtp': ['timestamp', 'fractionLost', 'packetsLost', 'jitter', 'roundTripTime'],
        'media-source': ['framesPerSecond'],
        'transport': ['selectedCandidatePairId'],
        'candidate-pair': ['localCandidateId', 'remoteCandidateId', 'currentRoundTripTime'],
        'local-candidate': ['candidateType', 'protocol', 'relayProtocol'],
        'remote-candidate': ['candidateType', 'protocol', 'relayProtocol'],
        'codec': ['mimeType'],
    };

    // RTP streams, and of transports only what is in use.
    const reduce = (report) => {
        const kept = new Map();
        const keep = (id) => {
            const stat = id && report.get(id);
            if (!stat || kept.has(id)) return stat;
            const part = {id, type: stat.type};
            for (const name of members[stat.type] ?? [])
                if (stat[name] !== undefined) part[name] = stat[name];
            kept.set(id, part);
            return stat;
        };
        for (const {id, type} of report.values()) {
            if (type === 'inbound-rtp' || type === 'outbound-rtp') {
                const {codecId, remoteId, mediaSourceId} = keep(id);
                keep(codecId);
                if (type === 'outbound-rtp') keep(remoteId), keep(mediaSourceId);
            } else if (type === 'transport') {
                const pair = keep(keep(id).selectedCandidatePairId);
                keep(pair?.localCandidateId);
                keep(pair?.remoteCandidateId);
            }
        }
        return [...kept.values()];
    };

    const within = (promise, ms) =>
        Promise.race([promise, new Promise((resolve) => setTimeout(resolve, ms, null))]);

    const read = async (entry, full) => {
        const closed = entry.left || entry.pc.signalingState === 'closed';
        if (closed && !entry.final) return null;
        const report = await within(entry.final ?? Native.prototype.getStats.call(entry.pc), 2000);
        if (closed) entry.final = null;
        if (!report) return null;
        return {
            id: entry.id,
            state: entry.pc.connectionState,
            stats: full ? [...report.values()] : reduce(report),
        };
    };

    const observer = {
        // One sample: the time, the statistics of every live connection, and what happened since the last one.
        async sample(full) {
            const at = now();
            const all = await Promise.all(connections.map((entry) => read(entry, full).catch(() => null)));
            const happened = events;
            events = [];
            // Read for the last time.
            for (let i = connections.length; i--;)
                if (connections[i].left && !connections[i].final) connections.splice(i, 1);
            return {document: id, at, connections: all.filter(Boolean), events: happened, lost};
        },
    };
    Object.defineProperty(globalThis, '__ringback', {value: observer});
})();
