// From files of anything to clean documents, each there once.
//
//     corpus found({.inputs = {"library/", "notes.md"}}, folder_with_room);
//     found.documents[i].text            // clean; on disk until asked for
//     found.report                       // what was dropped, by which rule, with examples
//
// Two passes, both a few megabytes at a time on all threads, with the documents on disk between them: the first reads
// and edits (text/collect.hpp); the second takes out the lines that pages share, lets the quality rules judge, and
// drops what has been there before.
//
// Memory: the batch in work and one file's largest record, some 100 MB; and for each document that is kept its
// hashes, 300 to 400 bytes however long it is. So 2 GB of books take nothing worth naming, 2 GB of 2 kB articles 400
// MB. Disk: twice the text. The result does not depend on the number of threads. Not here: tokens
// (batch/prepare.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <stepgpt/core/hash.hpp>
#include <stepgpt/core/parallel.hpp>
#include <stepgpt/text/clean.hpp>
#include <stepgpt/text/collect.hpp>
#include <stepgpt/text/corpus_report.hpp>
#include <stepgpt/text/near_duplicates.hpp>
#include <stepgpt/text/split.hpp>
#include <stepgpt/text/spool.hpp>

namespace stepgpt {

class corpus {
public:
    corpus_options options;
    corpus_report report;
    document_spool documents;               // clean, in the order in which they were read
    std::vector<split_unit> units;          // of each of them: characters, hash, and of which one it is a duplicate

    // `folder`: where documents may lie meanwhile.
    corpus(corpus_options how, const std::filesystem::path& folder)
        : options(std::move(how)), documents(folder), duplicates_(options.similarity) {
        report.rules.resize(options.rules.size());
        detail::collector collected(options, folder, report);
        for (std::size_t next = 0; next < collected.documents.size();) {
            std::vector<judged> batch;
            for (std::size_t bytes = 0; next < collected.documents.size() && bytes < detail::batch_bytes &&
                                        batch.size() < detail::batch_documents; ++next) {
                batch.push_back({collected.documents[next], next, collected.origins[next]});
                bytes += batch.back().d.text.size();
            }
            parallel_for(batch.size(), 1, [&](std::size_t begin, std::size_t end) {
                for (std::size_t i = begin; i < end; ++i) judge(batch[i], collected.folders);
            });
            for (judged& one : batch) decide(one);
        }
    }

private:
    // A document of the second pass, and all that can be found out about it alone.
    struct judged {
        document d;
        std::size_t number;
        detail::collector::origin from;
        std::vector<std::string> lines = {};      // taken out: its folder's pages share them
        cleaned result = {};
        std::vector<std::uint32_t> shingles = {};
        minhash least = {};
    };

    void judge(judged& one, const std::vector<repeated_lines>& folders) const {
        if (one.from.folder < folders.size() && !folders[one.from.folder].empty()) {
            one.d.text = folders[one.from.folder].without(one.d.text, &one.lines);
        }
        one.result = clean(one.d.text, options.rules, shared_lines_, options.rules.size());
        one.shingles = shingles_of(one.result.text);
        one.least = minhash_of(one.shingles);
    }

    void decide(judged& one) {
        if (!one.lines.empty()) report.note_lines(shared_lines_, one.d, one.lines.front());
        report.note_changes(options.rules, one.d.source, one.d.text, one.result);
        one.d.text = std::move(one.result.text);
        if (one.result.dropped()) {
            return report.note_drop(one.from.source, one.result.dropped_by, {one.d.source, one.d.text, one.result.why});
        }
        // Of which document is it a duplicate? Asked even where duplicates may stay: the split has to know.
        const std::uint64_t hash = hash64(one.d.text);
        std::optional<std::size_t> twin;
        if (const auto same = hashes_.find(hash); same != hashes_.end()) {
            twin = same->second;
            if (is_on(options.rules, "duplicates")) return drop_twin(one, "duplicates", "equal to ", *twin);
        } else {
            twin = duplicates_.find(one.least, [&](std::size_t i) {
                return similarity(one.shingles, shingles_of(documents[i].text));
            });
            if (twin && is_on(options.rules, "near_duplicates"))
                return drop_twin(one, "near_duplicates", "much like ", *twin);
            hashes_.emplace(hash, static_cast<std::uint32_t>(documents.size()));
        }
        one.d.continues = one.d.continues && one.number == after_last_kept_;     // the piece before it may be gone
        after_last_kept_ = one.number + 1;
        report.note_kept(one.from.source, one.d.text);
        units.push_back({utf8_length(one.d.text), hash, twin ? units[*twin].group : documents.size()});
        duplicates_.add(one.least);
        documents.add(one.d);
    }

    void drop_twin(const judged& one, const char* name, const std::string& what, std::size_t twin) {
        const std::size_t rule = find_rule(options.rules, name);
        const bool shown = report.rules[rule].examples.size() < corpus_report::most_examples;
        report.note_drop(one.from.source, rule, {one.d.source, one.d.text, shown ? what + documents.source(twin) : ""});
    }

    near_duplicates duplicates_;
    std::unordered_map<std::uint64_t, std::uint32_t> hashes_;   // of a kept document's text, its number
    std::size_t shared_lines_ = find_rule(options.rules, "repeated_lines"), after_last_kept_ = SIZE_MAX;
};

}  // namespace stepgpt
