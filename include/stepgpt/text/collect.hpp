// The first pass over a corpus: every file is read, every document edited by the rules that need no other document,
// and put aside on disk. On the way the lines of web pages are counted, folder by folder.
//
// A batch of documents is edited on all threads; reading and writing are in order, so the result does not depend on
// how many there are. Not here: judging documents and finding duplicates (text/corpus.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/parallel.hpp>
#include <stepgpt/text/clean.hpp>
#include <stepgpt/text/corpus_report.hpp>
#include <stepgpt/text/repeated_lines.hpp>
#include <stepgpt/text/sources.hpp>
#include <stepgpt/text/spool.hpp>

namespace stepgpt {

struct corpus_options {
    std::vector<std::filesystem::path> inputs = {};
    std::vector<rule> rules = standard_rules();
    reading_options reading = {};
    double similarity = 0.8;        // from which documents are near-duplicates
    bool strict = false;            // the first broken file or row ends everything
};

namespace detail {

inline constexpr std::size_t batch_bytes = 4 << 20, batch_documents = 4096;

class collector {
public:
    struct origin {
        std::uint32_t source, folder;       // numbers in report.sources and in folders
    };

    document_spool documents;
    std::vector<origin> origins;            // of each of them
    std::vector<repeated_lines> folders;   // the lines that the pages of a folder share; shorter than there are folders

    collector(const corpus_options& options, const std::filesystem::path& folder, corpus_report& report)
        : documents(folder), options_(options), report_(report), rules_(find_rule(options.rules, "repeated_lines")) {
        const reading to{options.reading, [this](document d) { take(std::move(d)); },
                         [this](const error& e) { complain(e); }};
        each_file(options.inputs, [&](const std::filesystem::path& file, bool named) {
            begin(file);
            try {
                info() = inspect_source(file);
                read_source(info(), to);
            } catch (const no_text& e) {
                if (named) return complain(e);
                ++report_.files_without_text;
                if (report_.without_text.size() < corpus_report::most_messages)
                    report_.without_text.emplace_back(e.what());
            } catch (const error& e) {
                complain(e);
            }
            flush();                        // what came before a failure is kept
            sample();
        });
        end_folder();
        if (report_.read.documents > 0) return;
        if (report_.files == 1 && failure_) throw *failure_;
        throw error({.where = options.inputs.empty() ? "no input" : options.inputs.front().string(),
                     .found = std::to_string(report_.files) + " files without any text in them",
                     .wanted = "text", .hint = report_.messages.empty() ? "" : report_.messages.front()});
    }

private:
    source_info& info() { return report_.sources[source_].info; }

    void begin(const std::filesystem::path& file) {
        ++report_.files;
        if (report_.sources.size() <= corpus_report::most_sources) report_.sources.emplace_back();
        source_ = report_.sources.size() - 1;
        info().path = file.string();
        std::error_code unknown;
        const auto size = std::filesystem::file_size(file, unknown);
        info().file_bytes = unknown ? 0 : size;
        if (file.parent_path() == path_) return;
        end_folder();
        path_ = file.parent_path();
    }

    void end_folder() {
        lines_.finish();
        if (!lines_.empty()) {
            folders.resize(folder_ + 1);
            folders[folder_] = std::move(lines_);
        }
        lines_ = repeated_lines();
        ++folder_;
    }

    void take(document d) {
        bytes_ += d.text.size();
        waiting_.push_back(std::move(d));
        if (bytes_ >= batch_bytes || waiting_.size() >= batch_documents) flush();
    }

    void flush() {
        std::vector<cleaned> done(waiting_.size());
        parallel_for(waiting_.size(), 1, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) done[i] = clean(waiting_[i].text, options_.rules, 0, rules_);
        });
        const text_format kind = info().kind.is;
        const bool pages = kind == text_format::html || kind == text_format::markdown;
        for (std::size_t i = 0; i < done.size(); ++i) {
            document& d = waiting_[i];
            report_.read.add(d.text.size());
            report_.sources[source_].read.add(d.text.size());
            report_.note_changes(options_.rules, d.source, d.text, done[i]);
            if (done[i].dropped()) {
                report_.note_drop(source_, done[i].dropped_by, {d.source, done[i].text, done[i].why});
                continue;
            }
            d.text = std::move(done[i].text);
            if (pages && is_on(options_.rules, "repeated_lines")) lines_.count(d.text);
            origins.push_back({static_cast<std::uint32_t>(source_), static_cast<std::uint32_t>(folder_)});
            documents.add(d);
        }
        waiting_.clear();
        bytes_ = 0;
    }

    void complain(const error& e) {
        if (options_.strict) throw e;
        failure_ = e;
        ++report_.failures;
        if (report_.messages.size() < corpus_report::most_messages) report_.messages.emplace_back(e.what());
    }

    // Of the first file of each kind: what it holds, and what is read of it.
    void sample() {
        for (const auto& known : report_.samples) {
            if (known.kind == name_of(info().kind.is)) return;
        }
        std::size_t first = documents.size();
        while (first > 0 && origins[first - 1].source == source_) --first;
        if (first == documents.size()) return;
        const std::string raw = read_up_to(source_text(info()), 1 << 20), text = documents[first].text;
        const std::size_t word = std::min(text.find_first_not_of(" \n\t-"), text.size());
        const std::string beginning =
            text.substr(word, std::min<std::size_t>(std::min(text.find('\n', word), text.size()) - word, 24));
        const std::size_t place = raw.find(beginning);
        const std::size_t begin = place == raw.npos || place < 200 ? 0 : place - 200;
        report_.samples.push_back(
            {info().path, name_of(info().kind.is), excerpt(raw, begin, 900), excerpt(text, 0, 700)});
    }

    const corpus_options& options_;
    corpus_report& report_;
    std::size_t rules_;                     // the first ones, for this pass
    std::vector<document> waiting_;
    std::size_t bytes_ = 0, source_ = 0, folder_ = 0;
    std::filesystem::path path_;            // of the folder that is being read, and its lines
    repeated_lines lines_;
    std::optional<error> failure_;          // the last one
};

}  // namespace detail

}  // namespace stepgpt
