// URL and URLSearchParams of https://url.spec.whatwg.org/, on a parser that C++ brings along.
(() => {
    'use strict';
    const parse = globalThis.__url;
    delete globalThis.__url;

    const encode = (text) => encodeURIComponent(text).replace(/%20/g, '+').replace(/[!'()~]/g,
        (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
    const decode = (text) => {
        try {
            return decodeURIComponent(text.replace(/\+/g, ' '));
        } catch {
            return text;
        }
    };

    class URLSearchParams {
        #pairs = [];
        #changed = () => {};
        constructor(from = '', changed) {
            if (typeof from === 'string') {
                for (const part of from.replace(/^\?/, '').split('&')) {
                    if (!part) continue;
                    const [name, ...value] = part.split('=');
                    this.#pairs.push([decode(name), decode(value.join('='))]);
                }
            } else {
                const pairs = typeof from[Symbol.iterator] === 'function' ? from : Object.entries(from);
                for (const [name, value] of pairs) this.#pairs.push([String(name), String(value)]);
            }
            if (changed) this.#changed = changed;
        }
        append(name, value) { this.#pairs.push([String(name), String(value)]); this.#changed(); }
        delete(name) { this.#pairs = this.#pairs.filter(([n]) => n !== String(name)); this.#changed(); }
        get(name) { return this.#pairs.find(([n]) => n === String(name))?.[1] ?? null; }
        getAll(name) { return this.#pairs.filter(([n]) => n === String(name)).map(([, value]) => value); }
        has(name) { return this.#pairs.some(([n]) => n === String(name)); }
        set(name, value) {
            const at = this.#pairs.findIndex(([n]) => n === String(name));
            this.#pairs = this.#pairs.filter(([n], i) => n !== String(name) || i === at);
            if (at < 0) this.#pairs.push([String(name), String(value)]);
            else this.#pairs[at][1] = String(value);
            this.#changed();
        }
        sort() { this.#pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)); this.#changed(); }
        forEach(action, self) { for (const [name, value] of this.#pairs) action.call(self, value, name, this); }
        keys() { return this.#pairs.map(([name]) => name)[Symbol.iterator](); }
        values() { return this.#pairs.map(([, value]) => value)[Symbol.iterator](); }
        entries() { return this.#pairs.map((pair) => [...pair])[Symbol.iterator](); }
        [Symbol.iterator]() { return this.entries(); }
        get size() { return this.#pairs.length; }
        toString() { return this.#pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&'); }
    }

    class URL {
        #parts;
        #params;
        constructor(text, base) {
            try {
                this.#parts = parse(String(text), base === undefined ? null : String(base));
            } catch (error) {
                throw new TypeError(error.message);
            }
        }
        static canParse(text, base) {
            try {
                return Boolean(new URL(text, base));
            } catch {
                return false;
            }
        }
        get href() {
            const p = this.#parts;
            const user = p.username ? p.username + (p.password ? `:${p.password}` : '') + '@' : '';
            return p.protocol + (p.slashes ? `//${user}${this.host}` : '') + p.pathname + p.search + p.hash;
        }
        set href(text) { this.#parts = parse(String(text), null); this.#params = undefined; }
        get origin() { return this.#parts.slashes ? `${this.#parts.protocol}//${this.host}` : 'null'; }
        get host() { return this.#parts.hostname + (this.#parts.port ? `:${this.#parts.port}` : ''); }
        set host(text) { [this.#parts.hostname, this.#parts.port = ''] = String(text).split(':'); }
        get search() { return this.#parts.search; }
        set search(text) {
            this.#parts.search = text ? `?${String(text).replace(/^\?/, '')}` : '';
            this.#params = undefined;
        }
        get hash() { return this.#parts.hash; }
        set hash(text) { this.#parts.hash = text ? `#${String(text).replace(/^#/, '')}` : ''; }
        get protocol() { return this.#parts.protocol; }
        set protocol(text) { this.#parts.protocol = `${String(text).replace(/:$/, '')}:`; }
        get pathname() { return this.#parts.pathname; }
        set pathname(text) { this.#parts.pathname = `/${encodeURI(String(text)).replace(/^\//, '')}`; }
        get port() { return this.#parts.port; }
        set port(text) { this.#parts.port = String(text); }
        get hostname() { return this.#parts.hostname; }
        set hostname(text) { this.#parts.hostname = String(text); }
        get username() { return this.#parts.username; }
        set username(text) { this.#parts.username = encodeURIComponent(text); }
        get password() { return this.#parts.password; }
        set password(text) { this.#parts.password = encodeURIComponent(text); }
        get searchParams() {
            this.#params ??= new URLSearchParams(this.#parts.search, () => {
                const text = this.#params.toString();
                this.#parts.search = text ? `?${text}` : '';
            });
            return this.#params;
        }
        toString() { return this.href; }
        toJSON() { return this.href; }
    }
    Object.assign(globalThis, {URL, URLSearchParams});
})();
