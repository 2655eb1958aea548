// tokenizer.json, the file that Hugging Face's `tokenizers` and `transformers` load, for every kind of tokenizer here:
//
//     kind        model       pre_tokenizer                        decoder
//     byte        BPE         ByteLevel, use_regex false           ByteLevel     256 pieces in order, no merges
//     character   BPE         null                                 Fuse          no merges: a text falls into characters
//     word        WordLevel   Split by word_pattern, Isolated      Fuse          <unk> is id 0
//     bpe         BPE         ByteLevel                            ByteLevel     GPT-2's, and all that are made like it
//
// So a model trained here on characters opens in transformers with its own tokenizer. Reading is strict: whatever would
// make other ids than that library's (a normalizer, another split) is an error, not a guess; settings that only concern
// batches (truncation, padding, post_processor) are passed over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/json.hpp>
#include <stepgpt/core/sort_by.hpp>
#include <stepgpt/text/utf8.hpp>
#include <stepgpt/token/byte_alphabet.hpp>
#include <stepgpt/token/tokenizer.hpp>
#include <stepgpt/token/tokenizer_events.hpp>

namespace stepgpt {

namespace detail {

// Bytes of pieces that are written in GPT-2's alphabet. A piece that is not can only be a special token, written as it is.
inline vocabulary respelled(const vocabulary& written, const std::string& where) {
    vocabulary pieces;
    std::string bytes;
    for (std::size_t id = 0; id < written.size(); ++id) {
        const std::string_view piece = written[static_cast<token>(id)];
        if (!from_byte_alphabet(piece, bytes)) bytes = piece;
        if (static_cast<std::size_t>(pieces.add(bytes)) != id)
            throw error({.where = where, .subject = std::string(piece), .found = "a piece for the same bytes as another"});
    }
    return pieces;
}

// The tokenizer that pieces, merges and settings make together; without added tokens.
class tokenizer_from_settings {
public:
    tokenizer_from_settings(std::string_view text, const std::string& where) : text_(text), where_(where) {
        json_source source(text, where);
        tokenizer_events file(source, text.size());
        file.read();
        if (const auto problem = file.pieces.finish(written_)) fail(problem->found, problem->wanted);
        settings_ = std::move(file.settings);
        added_ = std::move(file.added);
    }

    tokenizer make() {
        for (const char* key : {"normalizer.type", "model.dropout", "model.continuing_subword_prefix", "model.end_of_word_suffix"})
            if (is(key) != "") fail("'" + std::string(key) + "': '" + is(key) + "'", "null");
        for (const char* key : {"model.byte_fallback", "model.fuse_unk", "pre_tokenizer.invert"})
            if (is(key) == "true") fail("'" + std::string(key) + "': true", "false");
        tokenizer t = is("model.type") == "WordLevel" ? words() : is("model.type") == "BPE" ? pairs() : no_such_model();
        sort_by(added_, [](const auto& a, const auto& b) { return a.id < b.id; });
        for (const auto& token : added_) add_special(t, token);
        return t;
    }

private:
    std::string is(const std::string& key) const {
        const auto found = settings_.find(key);
        return found == settings_.end() ? "" : found->second;
    }

    [[noreturn]] void fail(std::string_view found, std::string_view wanted) const {
        throw error({.where = where_, .found = std::string(found), .wanted = std::string(wanted),
                     .hint = "this library reads byte, character, word and byte-level BPE tokenizers, and no other settings"});
    }

    tokenizer no_such_model() const { fail("a model of the type '" + is("model.type") + "'", "BPE or WordLevel"); }

    tokenizer words() {
        if (is("pre_tokenizer.type") != "Split" || is("pre_tokenizer.pattern.Regex") != word_pattern ||
            is("pre_tokenizer.behavior") != "Isolated")
            fail("words that are cut in another way", "a Split by the pattern of this library's word tokenizer");
        if (is("model.unk_token") != word_tokenizer::unknown_piece) fail("unk_token '" + is("model.unk_token") + "'", "'<unk>'");
        return word_tokenizer(std::move(written_));
    }

    tokenizer pairs() {
        if (is("pre_tokenizer.type") == "") return characters();
        if (is("pre_tokenizer.type") != "ByteLevel") fail("the pre_tokenizer '" + is("pre_tokenizer.type") + "'", "ByteLevel");
        if (is("pre_tokenizer.add_prefix_space") != "false") fail("add_prefix_space other than false", "false");
        vocabulary pieces = respelled(written_, where_);

        const bool whole_first = is("model.ignore_merges") == "true";   // as tiktoken, whose pieces have one rank each
        const auto way = whole_first ? bpe_tokenizer::look_up::whole_pieces_first : bpe_tokenizer::look_up::merges_only;
        json_source source(text_, where_);
        tokenizer_events file(source, text_.size(), &pieces, whole_first);
        file.read();
        if (is("pre_tokenizer.use_regex") != "false") return bpe_tokenizer(std::move(pieces), std::move(file.merges), way, where_);
        if (!(pieces == byte_tokenizer().pieces()) || !file.merges.list().empty())
            fail("byte pairs in text that is not split (use_regex false)", "use_regex true, or the 256 bytes in order alone");
        return byte_tokenizer();
    }

    tokenizer characters() {
        const vocabulary none;
        json_source source(text_, where_);
        tokenizer_events file(source, text_.size(), &none);   // refuses the first merge
        file.read();
        for (std::size_t id = 0; id < written_.size(); ++id)
            if (const auto piece = written_[static_cast<token>(id)]; utf8_length(piece) != 1)
                fail("the piece '" + printable(piece, 40) + "' of more than one character", "single characters");
        return character_tokenizer(std::move(written_));
    }

    // A special token is a piece that no merge gives, or follows all pieces.
    void add_special(tokenizer& t, const added_token& a) const {
        const auto id = static_cast<token>(a.id);
        const bool inside = a.id < t.pieces().size();
        if (inside && t.name() == "bpe" && t.pieces()[id] == a.text && !t.special(a.text)) return t.mark_special(id);
        if (inside || t.special(a.text) || t.add_special(a.text) != id)
            fail("the added token '" + printable(a.text, 40) + "' with id " + std::to_string(a.id),
                 "the piece with that id, or the next id behind all pieces");
    }

    std::string_view text_;
    const std::string& where_;
    std::map<std::string, std::string> settings_;
    vocabulary written_;
    std::vector<added_token> added_;
};

inline std::string json_quoted(std::string_view text) {
    std::string quoted = "\"";
    for (const char byte : text) {
        char escaped[8];
        std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned char>(byte));
        if (static_cast<unsigned char>(byte) < 0x20) quoted += escaped;
        else if (byte == '"' || byte == '\\') (quoted += '\\') += byte;
        else quoted += byte;
    }
    return quoted + '"';
}

}  // namespace detail

// Reads the text of a tokenizer.json; `where` names it in errors.
inline tokenizer tokenizer_from_json(std::string_view text, const std::string& where) {
    return detail::tokenizer_from_settings(text, where).make();
}

// The text of a tokenizer.json for this tokenizer.
inline std::string tokenizer_json(const tokenizer& t) {
    using detail::json_quoted;
    const bool words = t.name() == "word", byte_level = t.name() == "byte" || t.name() == "bpe";
    const std::string byte_level_settings =
        std::string("{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"trim_offsets\": true, \"use_regex\": ") +
        (t.name() == "bpe" ? "true}" : "false}");
    const auto spelled = [&](token id) {
        const std::string_view piece = t.pieces()[id];
        return json_quoted(byte_level && !t.is_special(id) ? to_byte_alphabet(piece) : std::string(piece));
    };
    std::string json = R"({
  "version": "1.0",
  "truncation": null,
  "padding": null,
  "added_tokens": [)";
    for (const auto& special : t.specials())
        json += std::string(&special == t.specials().data() ? "" : ",") + "\n    {\"id\": " + std::to_string(special.id) +
                ", \"content\": " + json_quoted(special.text) + ", \"single_word\": false, \"lstrip\": false, " +
                "\"rstrip\": false, \"normalized\": false, \"special\": true}";
    json += "],\n  \"normalizer\": null,\n  \"pre_tokenizer\": ";
    json += byte_level ? byte_level_settings
            : words    ? "{\"type\": \"Split\", \"pattern\": {\"Regex\": " + json_quoted(word_pattern) +
                             "}, \"behavior\": \"Isolated\", \"invert\": false}"
                       : "null";
    json += ",\n  \"post_processor\": null,\n  \"decoder\": " + (byte_level ? byte_level_settings : "{\"type\": \"Fuse\"}");
    json += ",\n  \"model\": {\n    \"type\": ";
    const auto* pairs = std::get_if<bpe_tokenizer>(&t.inside());
    json += words ? "\"WordLevel\",\n    \"unk_token\": \"<unk>\"" : "\"BPE\"";
    if (pairs && pairs->way() == bpe_tokenizer::look_up::whole_pieces_first) json += ",\n    \"ignore_merges\": true";
    json += ",\n    \"vocab\": {";
    for (std::size_t id = 0; id < t.pieces().size(); ++id)
        json += (id == 0 ? "\n      " : ",\n      ") + spelled(static_cast<token>(id)) + ": " + std::to_string(id);
    json += "\n    }";
    if (!words) json += ",\n    \"merges\": [";
    if (pairs)
        for (const merge& m : pairs->merges().list())
            json += std::string(&m == pairs->merges().list().data() ? "" : ",") + "\n      [" + spelled(m.left) + ", " +
                    spelled(m.right) + "]";
    if (!words) json += "]";
    return json + "\n  }\n}\n";
}

}  // namespace stepgpt
