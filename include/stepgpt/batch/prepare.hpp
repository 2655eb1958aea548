// From files of anything to a data folder that can be trained on: what the program `prepare` does.
//
//     prepared done = prepare({.corpus = {.inputs = {"library/"}}, .out = "data/library"});
//
// Writes train.bin and val.bin (batch/token_file.hpp; or shards of them), tokenizer.json, prepare.json (what was read,
// kept, dropped and why; counts and hashes) and prepare.html (the same for people). The folder appears whole or not at
// all, and one that holds anything else is left alone. Between two documents stands the id of <|endoftext|>; a corpus of one
// document has none.
//
// Memory: text/corpus.hpp's, the different words of the corpus while a tokenizer is learned, and 8 MB of text at a
// time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <stepgpt/batch/learn_tokenizer.hpp>
#include <stepgpt/batch/prepare_json.hpp>
#include <stepgpt/batch/prepare_page.hpp>
#include <stepgpt/batch/prepared.hpp>
#include <stepgpt/batch/shard_writer.hpp>
#include <stepgpt/core/error.hpp>
#include <stepgpt/core/folder.hpp>
#include <stepgpt/core/parallel.hpp>
#include <stepgpt/text/corpus.hpp>
#include <stepgpt/text/split.hpp>
#include <stepgpt/token/stream_encoder.hpp>
#include <stepgpt/token/tokenizer_json.hpp>

namespace stepgpt {

namespace detail {

inline constexpr const char* data_files[] = {"train.bin", "val.bin", "tokenizer.json", "prepare.json", "prepare.html"};

// Before any work: will what is made find its place?
inline void expect_data_folder(const std::filesystem::path& out, bool shards) {
    if (out.empty()) throw error({.where = "--out", .found = "no folder", .wanted = "a folder for the data"});
    if (!std::filesystem::exists(out)) return;
    if (!std::filesystem::is_directory(out)) {
        throw error({.where = out.string(), .found = "a file", .wanted = "a folder, or nothing yet"});
    }
    for (const auto& entry : std::filesystem::directory_iterator(out)) {
        const std::string name = entry.path().filename().string();
        const bool ours = std::find(std::begin(data_files), std::end(data_files), name) != std::end(data_files);
        if (ours && !shards) continue;
        throw error({.where = out.string(), .subject = name, .found = "a file that prepare would not replace",
                     .wanted = shards ? "an empty folder, for shards" : "an empty folder, or an older data folder",
                     .hint = "choose another folder for --out"});
    }
}

// The two files of ids, as documents come.
class id_files {
public:
    id_files(const std::filesystem::path& folder, const tokenizer& t, std::optional<token> separator, prepared& done)
        : tokenizer_(t),
          separator_(separator),
          done_(done),
          train_(folder, "train", t.vocab_size(), done.options.shard_tokens),
          val_(folder, "val", t.vocab_size(), done.options.shard_tokens) {}

    // Text of a document, of which more follows if `goes_on`.
    void add(std::string text, bool validation, bool begins, bool goes_on) {
        if (begins && !goes_on) {
            bytes_ += text.size();
            waiting_.push_back({std::move(text), validation});
            if (bytes_ >= 8 << 20) flush();
            return;
        }
        flush();                                          // a long document: encoded piece by piece, as one text
        if (begins) begin_document(validation);
        std::vector<token> ids;
        stream_.push(text, ids);
        if (!goes_on) stream_.finish(ids);
        put(ids, text, validation);
    }

    void finish() {
        flush();
        train_.finish();
        val_.finish();
    }

private:
    struct item {
        std::string text;
        bool validation;
    };

    void flush() {
        std::vector<std::vector<token>> ids(waiting_.size());
        parallel_for(waiting_.size(), 1, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) ids[i] = tokenizer_.encode(waiting_[i].text);
        });
        for (std::size_t i = 0; i < waiting_.size(); ++i) {
            begin_document(waiting_[i].validation);
            put(ids[i], waiting_[i].text, waiting_[i].validation);
        }
        waiting_.clear();
        bytes_ = 0;
    }

    void begin_document(bool validation) {
        token_counts& counts = validation ? done_.val : done_.train;
        if (counts.documents++ > 0 && separator_) put({&*separator_, 1}, "", validation);
    }

    void put(std::span<const token> ids, std::string_view text, bool validation) {
        (validation ? val_ : train_).add(ids);
        (validation ? done_.val : done_.train).add(ids, text);
    }

    const tokenizer& tokenizer_;
    std::optional<token> separator_;
    prepared& done_;
    shard_writer train_, val_;
    std::vector<item> waiting_;
    std::size_t bytes_ = 0;
    stream_encoder stream_{tokenizer_};
};

// What the split divides: documents for the tail, their pieces where documents are drawn. (A text of more than one
// piece is a dictionary or a whole library in one file: better divided at its empty lines than drawn as one.)
struct split_parts {
    std::vector<std::size_t> begin;            // of part p: pieces begin[p] .. begin[p + 1] - 1 of the corpus
    std::vector<split_unit> units;
};

inline split_parts parts_to_split(const corpus& from, bool pieces_together) {
    split_parts parts;
    std::vector<std::size_t> part_of(from.units.size());
    for (std::size_t i = 0; i < from.units.size(); ++i) {
        if (!pieces_together || !from.documents.continues(i)) {
            parts.begin.push_back(i);
            parts.units.push_back({0, from.units[i].hash, part_of[from.units[i].group]});
            if (from.units[i].group == i) parts.units.back().group = parts.units.size() - 1;
        }
        part_of[i] = parts.units.size() - 1;
        parts.units.back().characters += from.units[i].characters;
    }
    parts.begin.push_back(from.units.size());
    return parts;
}

// The first `count` characters of a text: how many bytes they have.
inline std::size_t bytes_of_characters(std::string_view text, std::uint64_t count) {
    std::size_t at = 0;
    for (; count > 0 && at < text.size(); --count) at += decode_utf8(text, at).length;
    return at;
}

}  // namespace detail

inline prepared prepare(const prepare_options& options) {
    check(options.tokenizer);
    detail::expect_fraction(options.val_fraction);
    if (!options.split.empty() && options.split != "tail" && options.split != "document") {
        throw error({.where = "--split", .found = options.split, .wanted = "tail or document"});
    }
    detail::expect_data_folder(options.out, options.shard_tokens > 0);
    if (options.out.has_parent_path()) std::filesystem::create_directories(options.out.parent_path());
    staged_folder stage(options.out);

    corpus found(options.corpus, stage.path());
    detail::split_parts parts = detail::parts_to_split(found, true);
    if (parts.units.empty()) {
        throw error({.where = "prepare", .found = "no document left of " + std::to_string(found.report.read.documents),
                     .wanted = "at least one", .hint = "which rule dropped them? leave it out: --without RULE"});
    }
    prepared done(options, std::move(found.report));
    const bool one = parts.units.size() == 1;
    done.split = options.split.empty() ? (one ? "tail" : "document") : options.split;
    const bool tail = done.split == "tail";
    if (!tail) parts = detail::parts_to_split(found, false);
    const split_plan plan = tail ? split_by_tail(parts.units, options.val_fraction)
                                 : split_by_document(parts.units, options.val_fraction);

    // Calls use(text, validation, begins, goes_on) with every piece that is not dropped, in order; goes_on: the next
    // piece is of the same document and on the same side. The document that is cut comes in two parts.
    const auto each_piece = [&](auto&& use) {
        const auto side = [&](std::size_t p) { return plan.dropped[p] ? 2 : plan.validation[p] ? 1 : 0; };
        bool begins = true;
        for (std::size_t p = 0; p < parts.units.size(); ++p) {
            const bool next_follows =
                p + 1 < parts.units.size() && found.documents.continues(parts.begin[p + 1]) && side(p + 1) == side(p);
            std::uint64_t before = 0;                                   // characters of this part
            for (std::size_t i = parts.begin[p]; i < parts.begin[p + 1] && side(p) != 2; ++i) {
                std::string text = found.documents[i].text;
                const std::uint64_t end = before + found.units[i].characters;
                if (p == plan.cut && before < plan.cut_at && plan.cut_at < end) {
                    const std::size_t cut = detail::bytes_of_characters(text, plan.cut_at - before);
                    use(text.substr(0, cut), false, begins, false);
                    text.erase(0, cut);
                    before = plan.cut_at;
                    begins = true;
                }
                const bool validation = p == plan.cut ? before >= plan.cut_at : plan.validation[p];
                const bool last = i + 1 == parts.begin[p + 1];
                const bool goes_on = last ? next_follows : p != plan.cut || end != plan.cut_at;
                use(std::move(text), validation, begins, goes_on);
                begins = !goes_on;
                before = end;
            }
        }
    };

    done.tokens = learn_tokenizer(options.tokenizer, [&](bool train_only, auto&& add) {
        each_piece([&](std::string text, bool validation, bool, bool) {
            if (!train_only || !validation) add(text);
        });
    });
    std::optional<token> separator;
    if (!one || options.tokenizer.kind == "gpt2") separator = done.tokens.add_special(document_separator);
    done.train = done.val = token_counts(done.tokens.vocab_size());
    detail::id_files files(stage.path(), done.tokens, separator, done);
    each_piece([&](std::string text, bool validation, bool begins, bool goes_on) {
        files.add(std::move(text), validation, begins, goes_on);
    });
    files.finish();
    if (done.train.tokens == 0 || done.val.tokens == 0) {
        throw error({.where = "--val-fraction", .found = std::to_string(done.train.tokens) + " tokens for train and " +
                                                         std::to_string(done.val.tokens) + " for validation",
                     .wanted = "some for both", .hint = "take a larger text, or another share"});
    }
    done.leaks = static_cast<std::size_t>(std::count(plan.dropped.begin(), plan.dropped.end(), true));

    stage.write("tokenizer.json", tokenizer_json(done.tokens));
    stage.write("prepare.json", prepare_json(done));
    stage.write("prepare.html", prepare_page(done));
    stage.commit();
    return done;
}

}  // namespace stepgpt
