// GPT-2's own two files, which Hugging Face calls vocab.json and merges.txt and OpenAI encoder.json and vocab.bpe.
//
//     vocab.json    {"!": 0, "\"": 1, ..., "<|endoftext|>": 50256}    pieces in the byte alphabet (byte_alphabet.hpp)
//     merges.txt    #version: 0.2
//                   Ġ t                                               a merge a line, in the order of ranks
//
// The merges alone are enough where ids are numbered as GPT-2's are: the bytes in the order of the alphabet, then a piece
// for each merge. What is wrong in a file is said with its line.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/json.hpp>
#include <stepgpt/token/byte_alphabet.hpp>
#include <stepgpt/token/merges.hpp>
#include <stepgpt/token/numbered_pieces.hpp>
#include <stepgpt/token/tokenizer.hpp>
#include <stepgpt/token/tokenizer_json.hpp>

namespace stepgpt {

namespace detail {

// vocab.json as it passes by: one object, keys and ids.
class vocabulary_events final : public json_events {
public:
    numbered_pieces pieces;

    vocabulary_events(json_source& source, std::uint64_t file_size) : json_events(source), pieces(file_size) {}

    bool start_object(std::size_t) override { return ++depth_ == 1 || refuse("an object as the id of '" + printable(key_) + "'"); }
    bool key(std::string& key) override {
        key_ = key;
        return true;
    }
    bool number_unsigned(std::uint64_t id) override {
        const wrong w = depth_ == 1 ? pieces.add(key_, id) : flaw{.found = "a number", .wanted = "{\"piece\": id, ...}"};
        if (w) source_.fail({.where = source_.where(), .found = w->found, .wanted = w->wanted});
        return true;
    }

private:
    int depth_ = 0;
    std::string key_;
};

inline vocabulary read_vocab_json(std::string_view text, const std::string& where) {
    json_source source(text, where);
    vocabulary_events file(source, text.size());
    file.read();
    vocabulary written;
    if (const wrong w = file.pieces.finish(written)) throw error({.where = where, .found = w->found, .wanted = w->wanted});
    return respelled(written, where);
}

// Calls line(number, text) for each line, without its end, from 1.
template <class Line>
void each_line(std::string_view text, Line&& line) {
    for (std::uint64_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view one = text.substr(0, end);
        if (one.ends_with('\r')) one.remove_suffix(1);
        line(number, one);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

// Reads merges. `new_pieces` true: a merge whose piece is not known makes it.
inline merge_table read_merges_txt(std::string_view text, const std::string& where, vocabulary& pieces, bool new_pieces) {
    merge_table merges;
    each_line(text, [&](std::uint64_t number, std::string_view line) {
        if (number == 1 && line.starts_with("#version")) return;
        if (line.empty()) return;
        const std::size_t space = line.find(' ');
        std::string left, right;
        wrong w;
        if (space == line.npos || !from_byte_alphabet(line.substr(0, space), left) || left.empty() ||
            !from_byte_alphabet(line.substr(space + 1), right) || right.empty())
            w = flaw{.found = "'" + printable(line, 60) + "'", .wanted = "two pieces in GPT-2's byte alphabet, one space between"};
        else if (new_pieces && pieces.find(left) != vocabulary::none && pieces.find(right) != vocabulary::none)
            pieces.add(left + right);
        if (!w) w = add_merge(merges, pieces, left, right);
        if (w) throw error({.where = where, .line = number, .found = w->found, .wanted = w->wanted, .hint = w->hint});
    });
    return merges;
}

}  // namespace detail

// Reads both files. A piece that no merge gives is a special token, and must look like one: <|...|>, <...> or [...].
inline tokenizer tokenizer_from_vocab_and_merges(std::string_view vocab, const std::string& vocab_name, std::string_view merges,
                                                 const std::string& merges_name) {
    vocabulary pieces = detail::read_vocab_json(vocab, vocab_name);
    merge_table table = detail::read_merges_txt(merges, merges_name, pieces, false);
    std::vector<bool> made(pieces.size());
    for (const merge& m : table.list()) made[static_cast<std::size_t>(m.result)] = true;
    tokenizer t = bpe_tokenizer(std::move(pieces), std::move(table), bpe_tokenizer::look_up::merges_only, vocab_name);
    for (std::size_t id = 0; id < made.size(); ++id) {
        const std::string_view piece = t.pieces()[static_cast<token>(id)];
        if (made[id] || piece.size() == 1) continue;
        const char first = piece.front(), last = piece.back();
        if (!(first == '<' && last == '>') && !(first == '[' && last == ']'))
            throw error({.where = merges_name, .found = "no merge that gives '" + printable(piece, 40) + "'",
                         .wanted = "one for each piece of " + vocab_name,
                         .hint = "the file is cut short, or belongs to another vocabulary"});
        t.mark_special(static_cast<token>(id));
    }
    return t;
}

// Reads merges alone. GPT-2's published ones give its 50,256 pieces; add_special("<|endoftext|>") adds id 50256.
inline tokenizer tokenizer_from_merges(std::string_view merges, const std::string& where) {
    vocabulary pieces;
    for (const unsigned char byte : gpt2_alphabet.order) {
        const char piece = static_cast<char>(byte);
        pieces.add({&piece, 1});
    }
    merge_table table = detail::read_merges_txt(merges, where, pieces, true);
    return bpe_tokenizer(std::move(pieces), std::move(table), bpe_tokenizer::look_up::merges_only, where);
}

struct vocab_and_merges {
    std::string vocab, merges;   // the contents of vocab.json and merges.txt
};

// The two files for this byte-pair tokenizer.
inline vocab_and_merges to_vocab_and_merges(const tokenizer& t) {
    const auto* pairs = std::get_if<bpe_tokenizer>(&t.inside());
    if (!pairs)
        throw error({.where = "vocab.json and merges.txt", .found = "a " + std::string(t.name()) + " tokenizer",
                     .wanted = "a byte-pair tokenizer", .hint = "tokenizer.json holds every kind"});
    vocab_and_merges files{"{", "#version: 0.2\n"};
    for (std::size_t i = 0; i < t.vocab_size(); ++i) {
        const auto id = static_cast<token>(i);
        const std::string piece = t.is_special(id) ? std::string(t.bytes(id)) : to_byte_alphabet(t.bytes(id));
        files.vocab += (i == 0 ? "" : ", ") + detail::json_quoted(piece) + ": " + std::to_string(id);
    }
    files.vocab += "}\n";
    for (const merge& m : pairs->merges().list())
        files.merges += to_byte_alphabet(t.bytes(m.left)) + " " + to_byte_alphabet(t.bytes(m.right)) + "\n";
    return files;
}

}  // namespace stepgpt
