import assert from "node:assert/strict";

/** Asserts that a document is XML in which every tag is closed, every attribute quoted and every character allowed. */
export function assertWellFormed(text) {
  assert.doesNotMatch(text, /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u, "a character that XML 1.0 has not");
  const open = [];
  const rest = text.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, "");
  const piece = /<\/([\w-]+)>|<([\w-]+)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
  let roots = 0, end = 0;
  for (let match; (match = piece.exec(rest)); end = piece.lastIndex) {
    const [, closed, opened, attributes = "", empty, words] = match;
    if (closed) assert.equal(open.pop(), closed, `</${closed}> closes another tag`);
    if (opened && open.length === 0) ++roots;
    if (opened && !empty) open.push(opened);
    const names = [...attributes.matchAll(/([\w-]+)="/g)].map(([, name]) => name);
    assert.equal(new Set(names).size, names.length, `an attribute twice in <${opened}${attributes}>`);
    assert.doesNotMatch(attributes + (words ?? ""), /&(?!(amp|lt|gt|quot|apos|#\d+);)/, "a bare ampersand");
  }
  assert.equal(end, rest.length, `not XML from here: ${rest.slice(end, end + 60)}`);
  assert.deepEqual([open, roots], [[], 1]);
}
