// How to call a bin, for each of the ways people do it.
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
