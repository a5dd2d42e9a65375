// Which bins this browser knows: the server never lists them, since knowing a bin's id is the key to it.
const KEY = 'mock-bin.bins';

export function recentBins() {
    try { return JSON.parse(localStorage.getItem(KEY)) || []; } catch { return []; }
}

export function rememberBin(id) {
    const others = recentBins().filter((bin) => bin.id !== id);
    try { localStorage.setItem(KEY, JSON.stringify([{ id, made: new Date().toISOString() }, ...others].slice(0, 10))); } catch { /* private mode */ }
}

export function forgetBin(id) {
    try { localStorage.setItem(KEY, JSON.stringify(recentBins().filter((bin) => bin.id !== id))); } catch { /* private mode */ }
}

/** The id in "/bin/ID/…" or "/bin/view/ID". */
export function binId() {
    const parts = location.pathname.split('/');
    return decodeURIComponent(['view', 'log'].includes(parts[2]) && parts[3] ? parts[3] : parts[2]);
}

export const binUrl = (id) => `${location.origin}/bin/${id}`;

export async function getJson(url, options = {}) {
    const response = await fetch(url, { ...options, headers: { Accept: 'application/json', 'X-Pretty-Print': '0', ...options.headers } });
    const body = response.status === 204 ? null : await response.json();
    if (!response.ok) throw Object.assign(new Error(body?.error?.message || `${response.status} ${response.statusText}`), { code: body?.error?.code });
    return body;
}
