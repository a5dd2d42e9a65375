// How to call a bin, for each of the ways people do it, and how to repeat a recorded call.
import { binUrl } from '/static/bins.js';

const body = '{"hello": "world"}';

export const samples = (url) => [
    { name: 'curl', text: `curl -X POST '${url}' \\\n  -H 'Content-Type: application/json' \\\n  -d '${body}'` },
    { name: '#webhook', text: `#webhook:${url}` },
    { name: '#webhook with headers', text: `#webhook:{"url": "${url}", "headers": {"custom-webhook-header": "web-testrtc-webhook"}}` },
    { name: 'JavaScript', text: `const response = await fetch('${url}', {\n  method: 'POST',\n  headers: { 'Content-Type': 'application/json' },\n  body: JSON.stringify({ hello: 'world' }),\n});\nconsole.log(response.status);` },
    { name: 'Python', text: `import json, urllib.request\n\nrequest = urllib.request.Request(\n    '${url}',\n    data=json.dumps({'hello': 'world'}).encode(),\n    headers={'Content-Type': 'application/json'})\nprint(urllib.request.urlopen(request).status)` },
    { name: 'C++', text: cpp(new URL(url)) },
];

const cpp = (url) => `// g++ -std=c++20 call.cpp -lpthread      (Boost.Beast)
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <iostream>

namespace http = boost::beast::http;

int main() {
    boost::asio::io_context context;
    boost::beast::tcp_stream stream(context);
    stream.connect(boost::asio::ip::tcp::resolver(context).resolve("${url.hostname}", "${url.port || (url.protocol === 'https:' ? 443 : 80)}"));
    http::request<http::string_body> request{http::verb::post, "${url.pathname}", 11};
    request.set(http::field::host, "${url.host}");
    request.set(http::field::content_type, "application/json");
    request.body() = R"(${body})";
    request.prepare_payload();
    http::write(stream, request);
    boost::beast::flat_buffer buffer;
    http::response<http::string_body> response;
    http::read(stream, buffer, response);
    std::cout << response.result_int() << '\\n';
}`;

// --- a recorded call as a command

const ARGUMENT_MOST = 100_000; // bytes; Linux takes 128 KiB
const PRINTF_MOST = 4096;

/** One word of a shell's command. */
const sh = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

/** A shell's word that printf turns into these bytes, whatever they are. */
function printfWord(data) {
    const special = { '%': '%%', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
    return sh([...data].map((byte) => {
        const char = String.fromCharCode(byte);
        return special[char] ?? (byte > 31 && byte < 127 ? char : `\\${byte.toString(8).padStart(3, '0')}`);
    }).join(''));
}

/** Where the body comes from. No argument holds NUL, and a terminal acts on control characters that are pasted: then it comes through a pipe. */
function bodySource({ postData, bodySize }, raw) {
    const plain = !postData.encoding && !/[\0-\x08\x0b-\x1f\x7f-\x9f]/.test(postData.text);
    if (plain && bodySize <= ARGUMENT_MOST) return { pipe: '', option: `--data-raw ${sh(postData.text)}` };
    if (bodySize > PRINTF_MOST) return { pipe: `curl -sS ${sh(raw)} | `, option: '--data-binary @-' };
    const data = postData.encoding ? Uint8Array.from(atob(postData.text), (c) => c.charCodeAt(0)) : new TextEncoder().encode(postData.text);
    return { pipe: `printf ${printfWord(data)} | `, option: '--data-binary @-' };
}

/** The URL to give to curl, and the options without which it would ask for another target or name another host. */
function address({ url }, host) {
    const [, scheme, authority, target] = /^(https?):\/\/([^/?#]*)(.*)$/s.exec(url);
    // The URL is made from Host, or from "localhost" when Host is none; anything else came in the request line itself.
    const absolute = authority !== host && authority !== 'localhost';
    const reachable = authority === host && /^([\w.-]+|\[[\da-f:.]+\])(:\d+)?$/i.test(host);
    const to = reachable ? url : location.origin + target;
    const madeHost = reachable ? authority.replace(scheme === 'https' ? /:443$/ : /:80$/, '') : null;
    const tidied = target.includes('#') || /\/(\.|%2e){1,2}(\/|$)/i.test(target.split('?')[0]);
    const options = [];
    if (absolute || tidied) options.push(`--request-target ${sh(absolute ? url : target)}`);
    if (host !== madeHost) options.push(`-H ${sh(host ? `Host: ${host}` : host === '' ? 'Host;' : 'Host:')}`);
    return { to: `${/[[\]{}]/.test(to) ? '-g ' : ''}${sh(to)}`, options };
}

/**
 * The call as a command that sends the same request line, headers and body. What curl adds by itself and the call did not
 * have is switched off. Content-Length is left to curl, so that the body can be edited; trailers are not sent.
 */
export function asCurl(entry, id) {
    const { request, _headers: headers } = entry;
    const value = (name) => headers.find((header) => header.name.toLowerCase() === name)?.value;
    const has = (name) => value(name) !== undefined;
    const hasBody = request.bodySize > 0 || has('content-length') || has('transfer-encoding');
    const { to, options } = address(request, value('host'));
    const { pipe, option } = hasBody ? bodySource(request, `${binUrl(id)}/entries/${entry._seq}/raw`) : { pipe: '' };
    const method = /^[\w-]+$/.test(request.method) ? request.method : sh(request.method);
    // With a body a HEAD is asked for by name, and curl would wait for what never comes.
    const parts = [`${pipe}curl ${method !== 'HEAD' ? `-X ${method}` : hasBody ? '-X HEAD --max-time 5' : '--head'} ${to}`, ...options];
    if (request.httpVersion === 'HTTP/1.0') parts.push('--http1.0');
    for (const { name, value: text } of headers)
        if (!/^(host|content-length)$/i.test(name)) parts.push(`-H ${sh(text ? `${name}: ${text}` : `${name};`)}`);
    const added = ['User-Agent', 'Accept', ...(hasBody ? ['Content-Type'] : []), ...(request.bodySize > 1_000_000 ? ['Expect'] : [])];
    for (const name of added) if (!has(name.toLowerCase())) parts.push(`-H '${name}:'`);
    if (has('accept-encoding')) parts.push('--compressed'); // to read the answer: the header stays as it is
    if (option) parts.push(option);
    return parts.join(' \\\n  ');
}
