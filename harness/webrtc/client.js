// The `client` of testRTC scripts: each call queues a command and returns the client. Runs in the script's own
// context, before the script. Natives come from probe_script.cpp.
(() => {
    'use strict';
    const native = globalThis.__native;
    delete globalThis.__native;
    const {names, keys, env} = native.setup();

    // ---- Functions cannot leave the context: they are held here, and called by number.

    const held = [];
    const pack = (value) => {
        if (typeof value === 'function')
            return {$function: held.push(value) - 1, source: Function.prototype.toString.call(value), arity: value.length};
        if (value instanceof RegExp) return {$pattern: value.source, flags: value.flags};
        if (Array.isArray(value)) return value.map(pack);
        if (value && Object.getPrototypeOf(value) === Object.prototype)
            return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, pack(inner)]));
        return value;
    };
    const unpack = (value) =>
        (value && typeof value === 'object' && '$done' in value ? () => native.done(value.$done) : value);

    // ---- The client

    let missing = '';
    const watched = (target, path) => new Proxy(target, {
        get(object, name, receiver) {
            if (typeof name === 'symbol' || name in object) return Reflect.get(object, name, receiver);
            missing = path + name;
            return undefined;
        },
    });
    const commands = {};
    const client = watched(commands, '');
    const groups = {};
    for (const name of names) {
        const queue = (...given) => {
            native.queue(name, given.map(pack));
            return client;
        };
        const [group, member] = name.split('.');
        if (!member) {
            commands[name] = queue;
        } else {
            groups[group] ??= {};
            groups[group][member] = queue;
        }
    }
    for (const [name, group] of Object.entries(groups)) commands[name] = watched(group, `${name}.`);
    commands.Keys = keys;
    commands.api = client;
    commands.globals = {};
    commands.options = {};
    commands.capabilities = {browserName: 'chrome'};
    commands.launchUrl = commands.launch_url = env.RTC_SERVICE_URL;

    // At once, not queued: what follows uses the file's functions.
    const include = (file) => {
        native.include(String(file));
        return client;
    };
    commands.include = include;

    // ---- What else a script may use

    const show = (value) => {
        if (typeof value === 'string') return value;
        if (value instanceof Error) return `${value.name}: ${value.message}`;
        if (typeof value === 'object' && value !== null)
            try {
                return JSON.stringify(value);
            } catch { /* a circle */ }
        return String(value);
    };
    const format = (first, ...rest) => {
        if (typeof first !== 'string') return [first, ...rest].map(show).join(' ');
        const text = first.replace(/%([sdifjoO%])/g, (whole, kind) => {
            if (kind === '%') return '%';
            if (!rest.length) return whole;
            const value = rest.shift();
            if (kind === 'd' || kind === 'i') return String(kind === 'i' ? parseInt(value, 10) : Number(value));
            if (kind === 'f') return String(parseFloat(value));
            return kind === 's' ? show(value) : JSON.stringify(value);
        });
        return [text, ...rest.map(show)].join(' ');
    };
    const log = (level) => (...given) => native.log(level, format(...given));

    Object.assign(globalThis, {
        client,
        browser: client,
        include,
        process: {env, argv: [], platform: 'linux', version: 'v20.0.0'},
        console: {
            log: log('info'), info: log('info'), debug: log('info'), trace: log('info'),
            warn: log('warning'), error: log('error'),
        },
    });

    // What C++ calls. Out of the script's sight: not enumerable, not writable.
    Object.defineProperty(globalThis, '__ringback', {
        value: Object.freeze({
            call(number, given) {
                held[number].apply(client, given.map(unpack));
            },
            // Whether the function of a callback wants to say itself when it is done.
            format: (given) => format(...given),
            missing: () => missing,
        }),
    });
})();
