#include "tools/demo-room/messages.hpp"

#include <boost/json.hpp>

namespace ringback::demo_room {
namespace {

namespace json = boost::json;

json::string_view view(std::string_view text) {
    return {text.data(), text.size()};
}

json::object to_json(const Member& member) {
    return {{"id", member.id}, {"name", member.name}};
}

}  // namespace

std::variant<Relay, Leave, Refusal> read_message(std::string_view text) {
    if (text.size() > max_message) return Refusal{"message_too_large", "A message has at most 64 KiB."};
    boost::system::error_code error;
    const auto value = json::parse(view(text), error);
    if (error || !value.is_object()) return Refusal{"bad_message", "A message is a JSON object."};
    const auto& message = value.get_object();
    const auto* type = message.if_contains("type");
    if (type == nullptr || !type->is_string())
        return Refusal{"bad_message", "A message has a \"type\": offer, answer, candidate or leave."};
    const auto& kind = type->get_string();
    if (kind == "leave") return Leave{};
    if (kind != "offer" && kind != "answer" && kind != "candidate")
        return Refusal{"unknown_type", "Unknown message type; known are offer, answer, candidate and leave."};
    const auto* to = message.if_contains("to");
    const auto* data = message.if_contains("data");
    if (to == nullptr || !to->is_string() || data == nullptr || !data->is_object())
        return Refusal{"bad_message",
                       "An offer, answer or candidate has \"to\" (an ID) and \"data\" (an object)."};
    return Relay{std::string(kind), std::string(to->get_string()), json::serialize(*data)};
}

std::string joined_message(const Rooms::Joined& joined, std::string_view room, std::size_t size) {
    json::array peers;
    for (const auto& member : joined.others)
        peers.push_back(to_json(member));
    return json::serialize(json::object{
        {"type", "joined"}, {"id", joined.id}, {"room", view(room)}, {"size", size}, {"peers", peers}});
}

std::string peer_joined_message(const Member& peer) {
    return json::serialize(json::object{{"type", "peer-joined"}, {"peer", to_json(peer)}});
}

std::string peer_left_message(std::string_view id) {
    return json::serialize(json::object{{"type", "peer-left"}, {"id", view(id)}});
}

std::string relayed_message(const Relay& relay, std::string_view from) {
    auto text = json::serialize(json::object{{"type", relay.type}, {"from", view(from)}});
    text.back() = ',';  // `data` is JSON already
    return text + "\"data\":" + relay.data + "}";
}

std::string error_message(const Refusal& refusal) {
    return json::serialize(
        json::object{{"type", "error"}, {"code", refusal.code}, {"message", refusal.message}});
}

}  // namespace ringback::demo_room
