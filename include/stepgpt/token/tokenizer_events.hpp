// A tokenizer.json as it passes by: pieces, merges and added tokens are kept, and every other setting under its path
// ("pre_tokenizer.type"), so that nothing is built that the tokenizer does not need. What is wrong is refused at once,
// with its line and byte. Not here: what the settings mean (tokenizer_json.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/json.hpp>
#include <stepgpt/token/byte_alphabet.hpp>
#include <stepgpt/token/merges.hpp>
#include <stepgpt/token/numbered_pieces.hpp>
#include <stepgpt/token/vocabulary.hpp>

namespace stepgpt::detail {

struct added_token {
    std::string text;
    std::uint64_t id;
};

// Merges name pieces, and may stand before them: so the file is read twice, the second time with the pieces known.
class tokenizer_events final : public json_events {
public:
    numbered_pieces pieces;                                // as they are written there
    std::vector<added_token> added;
    merge_table merges;                                    // of the second reading
    std::map<std::string, std::string> settings;           // without those that are null

    tokenizer_events(json_source& source, std::uint64_t file_size, const vocabulary* known_pieces = nullptr,
                     bool one_rank = false)
        : json_events(source), pieces(file_size), known_pieces_(known_pieces), one_rank_(one_rank) {}

    bool null() override { return true; }
    bool boolean(bool value) override { return scalar(value ? "true" : "false"); }
    bool number_float(double, const std::string& text) override { return scalar(text); }
    bool number_integer(std::int64_t value) override {
        if (path_ == vocabulary_path) refuse("the id " + std::to_string(value) + " of '" + printable(key_, 40) + "'");
        return scalar(std::to_string(value));
    }
    bool number_unsigned(std::uint64_t value) override {
        if (path_ == "added_tokens[].id") id_ = value;
        else if (path_ != vocabulary_path) return scalar(std::to_string(value));
        else if (!known_pieces_) check(pieces.add(key_, value));
        return true;
    }
    bool string(std::string& text) override {
        if (path_ == "added_tokens[].content") text_ = text;
        else if (path_ == "model.merges[]") merge_of(text);
        else if (path_ == "model.merges[][]") halves_.push_back(text);
        else return scalar(text);
        return true;
    }

    bool start_object(std::size_t) override {
        if (path_ == "added_tokens[]") text_.clear(), id_ = none;
        return open("");
    }
    bool start_array(std::size_t) override { return open("[]"); }
    bool key(std::string& key) override {
        level& here = levels_.back();
        if (here.path == vocabulary_path) {                // numbered_pieces finds what comes twice
            key_ = key;
            return true;
        }
        if (!here.keys.insert(key).second) refuse("the key '" + printable(key) + "' a second time");
        path_ = here.path.empty() ? key : here.path + "." + key;
        return true;
    }
    bool end_object() override {
        levels_.pop_back();
        path_ = levels_.empty() ? "" : levels_.back().path;
        if (path_ == "added_tokens[]") {
            if (text_.empty() || id_ > std::numeric_limits<token>::max()) refuse("an added token without content or id");
            added.push_back({text_, id_});
        }
        return true;
    }
    bool end_array() override {
        if (path_ == "model.merges[][]") {
            if (halves_.size() != 2) refuse("a merge of " + std::to_string(halves_.size()) + " pieces");
            add(halves_[0], halves_[1]);
            halves_.clear();
        }
        levels_.pop_back();
        path_ = levels_.empty() ? "" : levels_.back().path;
        return true;
    }

private:
    static constexpr std::string_view vocabulary_path = "model.vocab";
    static constexpr std::uint64_t none = std::numeric_limits<std::uint64_t>::max();

    struct level {
        std::string path;
        std::set<std::string> keys;
    };

    bool open(const char* mark) {
        if (levels_.size() == 64) refuse("more than 64 levels of nesting");
        path_ += mark;
        levels_.push_back({path_, {}});
        return true;
    }

    bool scalar(std::string value) {
        if (path_ == vocabulary_path) refuse("'" + printable(value, 40) + "' as the id of '" + printable(key_, 40) + "'");
        if (path_.starts_with("model.") || path_.starts_with("pre_tokenizer.") || path_.starts_with("normalizer."))
            settings[path_] = std::move(value);
        return true;
    }

    void merge_of(const std::string& halves) {             // "Ġ t"
        const auto space = halves.find(' ');
        if (space == std::string::npos) refuse("the merge '" + printable(halves, 60) + "' without a space");
        add(halves.substr(0, space), halves.substr(space + 1));
    }

    void add(const std::string& left, const std::string& right) {
        if (!known_pieces_) return;
        std::string bytes[2];
        if (!from_byte_alphabet(left, bytes[0]) || !from_byte_alphabet(right, bytes[1]))
            refuse("the merge '" + printable(left, 30) + " " + printable(right, 30) + "' outside GPT-2's byte alphabet");
        check(add_merge(merges, *known_pieces_, bytes[0], bytes[1], one_rank_));
    }

    void check(const wrong& w) {
        if (w) source_.fail({.where = source_.where(), .found = w->found, .wanted = w->wanted, .hint = w->hint});
    }

    const vocabulary* known_pieces_;
    bool one_rank_;                   // as in add_merge
    std::vector<level> levels_;
    std::string path_;                // of the value that comes next
    std::string key_;                 // in the vocabulary
    std::string text_;                // of an added token
    std::uint64_t id_ = none;
    std::vector<std::string> halves_;
};

}  // namespace stepgpt::detail
