#include "webhook/recovery_record.hpp"

#include "harness/report/json.hpp"
#include "webhook/json_text.hpp"

#include <boost/json.hpp>

#include <utility>

namespace ringback::webhook {
namespace {

namespace json = boost::json;

using CommitField = std::optional<std::string> Commit::*;
constexpr std::pair<const char*, CommitField> kCommitFields[] = {
    {"sha", &Commit::sha},
    {"branch", &Commit::branch},
    {"message", &Commit::message},
    {"authorName", &Commit::author_name},
    {"authorEmail", &Commit::author_email},
    {"remoteOrigin", &Commit::remote_origin},
    {"defaultBranch", &Commit::default_branch},
    {"buildId", &Commit::build_id},
};

json::object commit_object(const Commit& commit) {
    json::object out;
    for (const auto& [name, field] : kCommitFields)
        if (commit.*field) out[name] = *(commit.*field);
    return out;
}

std::string text_of(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

const json::object& object_of(const json::object& object, std::string_view name) {
    static const json::object empty;
    const auto* value = object.if_contains(name);
    return value && value->is_object() ? value->get_object() : empty;
}

template <class Use>
void for_each_text(const json::object& object, std::string_view name, Use use) {
    const auto* value = object.if_contains(name);
    if (!value || !value->is_array()) return;
    for (const auto& item : value->get_array())
        if (item.is_string()) use(std::string(item.get_string()));
}

Publisher read_publisher(const json::object& object) {
    Publisher publisher;
    publisher.base_url = text_of(object, "baseUrl");
    publisher.trigger_url = text_of(object, "triggerUrl");
    publisher.version = text_of(object, "version");
    publisher.team = text_of(object, "team");
    for_each_text(object, "tags", [&](std::string tag) { publisher.tags.push_back(std::move(tag)); });
    const auto& commit = object_of(object, "commit");
    for (const auto& [name, field] : kCommitFields)
        if (commit.contains(name)) publisher.commit.*field = text_of(commit, name);
    return publisher;
}

harness::Run read_run(const json::object& object, const store::RunRecord& record) {
    harness::Run run;
    run.id = record.id;
    run.name = record.name;
    run.type = record.type;
    run.kind = record.kind;
    run.test_name = record.test_name;
    run.test_id = record.test_id;
    run.test_file = record.test_file;
    run.location = record.location;
    run.environment = record.environment;
    run.monitor = record.monitor;
    run.try_number = record.try_number;
    run.started_at = record.started_at;
    run.service_url = text_of(object, "serviceUrl");
    if (auto project = text_of(object, "project"); !project.empty()) run.project = std::move(project);
    run.description = text_of(object, "description");
    if (const auto* users = object.if_contains("concurrentUsers"); users && users->is_int64())
        run.concurrent_users = static_cast<std::uint32_t>(users->get_int64());
    for (const auto& [name, value] : object_of(object, "initialVariables"))
        if (value.is_string()) run.initial_variables[std::string(name)] = value.get_string();
    run.variables = run.initial_variables;
    return run;
}

}  // namespace

std::string recovery_text(const harness::Run& run, const std::vector<WebhookTarget>& targets,
                          const Publisher& publisher) {
    json::array target_texts;
    for (const auto& target : targets)
        target_texts.push_back(json::string(to_json_text(target)));
    json::object variables;
    for (const auto& [name, value] : run.initial_variables)
        variables[name] = value;
    const json::object document{
        {"targets", std::move(target_texts)},
        {"publisher", json::object{{"baseUrl", publisher.base_url},
                                   {"triggerUrl", publisher.trigger_url},
                                   {"version", publisher.version},
                                   {"team", publisher.team},
                                   {"tags", json::array(publisher.tags.begin(), publisher.tags.end())},
                                   {"commit", commit_object(publisher.commit)}}},
        {"run", json::object{{"serviceUrl", run.service_url},
                             {"project", run.project},
                             {"description", run.description},
                             {"concurrentUsers", run.concurrent_users},
                             {"initialVariables", std::move(variables)}}}};
    return json_text(document);
}

boost::system::result<Interrupted, std::string> read_recovery(const store::RunRecord& record) {
    boost::system::error_code error;
    const auto parsed = json::parse(record.recovery, error);
    if (error || !parsed.is_object()) return "the recovery data of run " + record.id + " cannot be read";
    const auto& document = parsed.get_object();
    Interrupted interrupted;
    interrupted.run = read_run(object_of(document, "run"), record);
    interrupted.publisher = read_publisher(object_of(document, "publisher"));
    std::string problem;
    for_each_text(document, "targets", [&](const std::string& text) {
        auto target = parse_webhook_target(text);
        if (target)
            interrupted.targets.push_back(std::move(*target));
        else
            problem = "a webhook of run " + record.id + " cannot be read: " + target.error().message;
    });
    if (!problem.empty()) return problem;
    return interrupted;
}

store::RunRecord run_record(const harness::Run& run, const Publisher& publisher, store::Time now) {
    store::RunRecord record;
    record.id = run.id;
    record.name = run.name;
    record.kind = run.kind;
    record.test_name = run.test_name;
    record.test_id = run.test_id;
    record.test_file = run.test_file;
    record.location = run.location;
    record.environment = run.environment;
    record.monitor = run.monitor;
    record.type = run.type;
    record.status = run.status;
    record.try_number = run.try_number;
    record.started_at = run.started_at;
    record.owner = publisher.owner;
    record.lease_until = now + publisher.lease;
    if (is_final(run.status)) {
        record.finished_at = run.finished_at;
        record.error = run.error.value_or("");
        record.result = json_text(harness::to_json(run));
    }
    return record;
}

}  // namespace ringback::webhook
