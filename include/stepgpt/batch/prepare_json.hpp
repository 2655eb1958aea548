// prepare.json: what a data folder was made of, for programs and for later.
//
// Sizes are bytes of UTF-8, but "file_bytes". What is said of a rule: how many documents it changed or dropped, with
// their bytes, and three examples. Not here: the page for people (prepare_page.hpp).
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include <stepgpt/batch/prepared.hpp>
#include <stepgpt/core/hash.hpp>

namespace stepgpt {

namespace detail {

using ordered_json = nlohmann::ordered_json;

inline ordered_json json_of(const amount& a) { return {{"documents", a.documents}, {"bytes", a.bytes}}; }

inline ordered_json json_of_sources(const prepared& done) {
    ordered_json all = ordered_json::array();
    for (const source_report& source : done.report.sources) {
        ordered_json one = {{"path", source.info.path},
                            {"kind", source.info.known ? name_of(source.info.kind.is) : "not read"},
                            {"encoding", source.info.known ? json(name_of(source.info.encoding.is)) : json()},
                            {"gzip", source.info.gzip},
                            {"file_bytes", source.info.file_bytes},
                            {"read", json_of(source.read)},
                            {"kept", json_of(source.kept)}};
        for (const auto& [rule, what] : source.dropped)
            one["dropped"][done.options.corpus.rules[rule].name] = json_of(what);
        if (!source.info.notes.empty()) one["notes"] = source.info.notes;
        all.push_back(std::move(one));
    }
    return all;
}

inline ordered_json json_of_rules(const prepared& done) {
    ordered_json all = ordered_json::array();
    for (std::size_t i = 0; i < done.report.rules.size(); ++i) {
        const rule& r = done.options.corpus.rules[i];
        const rule_report& did = done.report.rules[i];
        ordered_json one = {{"name", r.name}, {"on", r.on}};
        if (r.on) one["documents"] = did.documents.documents, one["bytes"] = did.documents.bytes;
        for (const example& e : did.examples)
            one["examples"].push_back({{"source", e.source}, {"before", e.before}, {"after", e.after}});
        all.push_back(std::move(one));
    }
    return all;
}

inline ordered_json json_of(const token_counts& counts, const tokenizer& t) {
    ordered_json one = {{"tokens", counts.tokens}, {"bytes", counts.bytes}, {"characters", counts.characters},
                        {"words", counts.words}, {"documents", counts.documents},
                        {"bytes_per_token", counts.bytes_per_token()}, {"tokens_per_word", counts.tokens_per_word()},
                        {"hash", hash_text(counts.hash())}};
    for (const token id : counts.most_frequent(20)) {
        one["most_frequent"].push_back({{"id", id}, {"text", t.show(id)}, {"count", counts.count(id)}});
    }
    for (const token id : counts.longest(10, t)) one["longest"].push_back({{"id", id}, {"text", t.show(id)}});
    return one;
}

}  // namespace detail

inline std::string prepare_json(const prepared& done) {
    const corpus_report& report = done.report;
    const detail::ordered_json about = {
        {"format", 1},
        {"tokenizer",
         {{"kind", done.options.tokenizer.kind},
          {"vocab_size", done.tokens.vocab_size()},
          {"hash", hash_text(done.tokens.hash())}}},
        {"split",
         {{"by", done.split}, {"val_fraction", done.options.val_fraction}, {"left_out_as_duplicates", done.leaks}}},
        {"train", detail::json_of(done.train, done.tokens)},
        {"val", detail::json_of(done.val, done.tokens)},
        {"read", detail::json_of(report.read)},
        {"kept", detail::json_of(report.kept)},
        {"files", {{"all", report.files}, {"without_text", report.files_without_text}, {"failures", report.failures}}},
        {"failures", report.messages},
        {"without_text", report.without_text},
        {"end_of_text_marks", report.end_of_text_marks},
        {"rules", detail::json_of_rules(done)},
        {"sources", detail::json_of_sources(done)}};
    return about.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
           "\n";   // names of files may be any bytes
}

}  // namespace stepgpt
