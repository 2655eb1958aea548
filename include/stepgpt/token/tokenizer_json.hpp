// tokenizer.json, the file that Hugging Face's `tokenizers` and `transformers` load, for every kind of tokenizer here:
//
//     kind        model       pre_tokenizer                        decoder
//     byte        BPE         ByteLevel, use_regex false           ByteLevel     256 pieces in order, no merges
//     character   BPE         null                                 Fuse          no merges: a text falls into characters
//     word        WordLevel   Split by word_pattern, Isolated      Fuse          <unk> is id 0
//
// So a model trained here on characters opens in transformers with its own tokenizer. Reading is strict: whatever would
// make other ids than the library's (a normalizer, another split) is an error, not a guess; settings that only concern
// batches (truncation, padding, post_processor) are passed over.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepgpt/token/byte_alphabet.hpp>
#include <stepgpt/token/json_reader.hpp>
#include <stepgpt/token/tokenizer.hpp>

namespace stepgpt {

namespace detail {

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

// Reads {"piece": id, ...} where the ids are 0 .. n - 1 in any order. `spell` turns a key into the bytes of the piece.
template <class Spell>
vocabulary read_vocabulary(json_reader& in, std::uint64_t most, Spell&& spell) {
    vocabulary as_found;
    std::vector<token> ids, place;   // of the i-th piece found; where the piece of an id was found
    std::string bytes;
    in.members([&](std::string key) {
        const std::int64_t id = in.integer();
        if (id < 0 || static_cast<std::uint64_t>(id) >= most)
            in.fail("id " + std::to_string(id) + " of piece '" + printable(key, 40) + "'",
                    "ids 0, 1, 2, ... without a gap");
        if (!spell(key, bytes)) in.fail("the piece '" + printable(key) + "'", "a piece of this kind of vocabulary");
        if (static_cast<std::size_t>(as_found.add(bytes)) != ids.size())
            in.fail("the piece '" + printable(key) + "' again", "every piece once");
        const auto at = static_cast<std::size_t>(id);
        if (at >= place.size()) place.resize(at + 1, vocabulary::none);
        if (place[at] != vocabulary::none)
            in.fail("id " + std::to_string(id) + " again, of piece '" + printable(key, 40) + "'", "every id once");
        place[at] = static_cast<token>(ids.size());
        ids.push_back(static_cast<token>(id));
    });
    vocabulary in_order;
    for (std::size_t id = 0; id < place.size(); ++id) {
        if (place[id] == vocabulary::none)
            in.fail("no piece with id " + std::to_string(id) + ", but one with id " + std::to_string(place.size() - 1),
                    "ids 0, 1, 2, ... without a gap");
        in_order.add(as_found[place[id]]);
    }
    return in_order;
}

// What a tokenizer.json says, before it is known to make sense.
struct tokenizer_description {
    std::string model, pre_tokenizer, pattern, behavior, unknown;
    bool use_regex = true;
    vocabulary pieces;   // as they are spelled in the file
    std::vector<tokenizer::special_token> added;
};

inline void read_pre_tokenizer(json_reader& in, tokenizer_description& d) {
    if (in.null()) return;
    in.object([&](const std::string& key) {
        if (key == "type") d.pre_tokenizer = in.string();
        else if (key == "use_regex") d.use_regex = in.boolean();
        else if (key == "behavior") d.behavior = in.string();
        else if (key == "pattern") in.object([&](const std::string& kind) {
            if (kind == "Regex") d.pattern = in.string();
            else in.fail("a pattern of the kind '" + printable(kind, 40) + "'", "Regex");
        });
        else if ((key == "add_prefix_space" || key == "invert") && in.boolean())
            in.fail("'" + key + "': true", "false", "another setting would make other ids");
        else if (key != "add_prefix_space" && key != "invert") in.skip();
    });
}

inline void read_model(json_reader& in, tokenizer_description& d, std::uint64_t size) {
    in.object([&](const std::string& key) {
        if (key == "type") {
            d.model = in.string();
        } else if (key == "vocab") {
            d.pieces = read_vocabulary(in, size, [](const std::string& written, std::string& bytes) {
                bytes = written;
                return !bytes.empty();
            });
        } else if (key == "merges") {
            in.array([&] { in.fail("a merge", "none", "byte-pair tokenizers are not read yet"); });
        } else if (key == "unk_token") {
            if (!in.null()) d.unknown = in.string();
        } else if (key == "byte_fallback" || key == "ignore_merges" || key == "fuse_unk") {
            if (in.boolean()) in.fail("'" + key + "': true", "false", "another setting would make other ids");
        } else if (key == "dropout" || key == "continuing_subword_prefix" || key == "end_of_word_suffix") {
            if (!in.null() && (in.peek() != '"' || !in.string().empty()))
                in.fail("a value for '" + key + "'", "null", "another setting would make other ids");
        } else {
            in.skip();
        }
    });
}

inline void read_added_tokens(json_reader& in, tokenizer_description& d) {
    in.array([&] {
        std::string text;
        std::int64_t id = -1;
        in.object([&](const std::string& key) {
            if (key == "content") text = in.string();
            else if (key == "id") id = in.integer();
            else in.skip();
        });
        if (text.empty()) in.fail("an added token without text", "its \"content\"");
        if (id < 0 || id > std::numeric_limits<token>::max()) in.fail("no usable \"id\"", "an id of the vocabulary, or the next");
        d.added.push_back({std::move(text), static_cast<token>(id)});
    });
}

// The same pieces, spelled as bytes.
inline vocabulary from_byte_alphabet(const vocabulary& written, const std::string& where) {
    vocabulary pieces;
    std::string bytes;
    for (std::size_t id = 0; id < written.size(); ++id) {
        const auto piece = written[static_cast<token>(id)];
        if (!stepgpt::from_byte_alphabet(piece, bytes))
            throw error({.where = where, .subject = std::string(piece), .found = "a character that stands for no byte",
                         .wanted = "pieces written in GPT-2's byte alphabet"});
        pieces.add(bytes);
    }
    return pieces;
}

inline tokenizer tokenizer_of(tokenizer_description d, const std::string& where) {
    const auto wrong = [&](std::string found, std::string wanted) -> error {
        return error({.where = where, .found = std::move(found), .wanted = std::move(wanted)});
    };
    if (d.model == "WordLevel") {
        if (d.pre_tokenizer != "Split" || d.pattern != word_pattern || d.behavior != "Isolated")
            throw wrong("words that are cut in another way", "the pattern of this library's word tokenizer");
        if (d.unknown != word_tokenizer::unknown_piece) throw wrong("unk_token '" + d.unknown + "'", "'<unk>'");
        return word_tokenizer(std::move(d.pieces));
    }
    if (d.model != "BPE") throw wrong("a model of the type '" + d.model + "'", "BPE or WordLevel");
    if (d.pre_tokenizer.empty()) {
        for (std::size_t id = 0; id < d.pieces.size(); ++id)
            if (const auto piece = d.pieces[static_cast<token>(id)]; utf8_length(piece) != 1)
                throw wrong("the piece '" + std::string(piece) + "' of more than one character", "single characters");
        return character_tokenizer(std::move(d.pieces));
    }
    if (d.pre_tokenizer != "ByteLevel") throw wrong("the pre_tokenizer '" + d.pre_tokenizer + "'", "ByteLevel, or null");
    if (d.use_regex || !(from_byte_alphabet(d.pieces, where) == byte_tokenizer().pieces()))
        throw wrong("pieces that are not the 256 bytes in order", "a byte vocabulary");
    return byte_tokenizer();
}

}  // namespace detail

// Reads the text of a tokenizer.json; `where` names it in errors.
inline tokenizer tokenizer_from_json(std::string_view text, const std::string& where) {
    json_reader in(text, where);
    detail::tokenizer_description d;
    in.object([&](const std::string& key) {
        if (key == "model") detail::read_model(in, d, text.size());
        else if (key == "pre_tokenizer") detail::read_pre_tokenizer(in, d);
        else if (key == "added_tokens") detail::read_added_tokens(in, d);
        else if (key == "normalizer" && !in.null()) in.fail("a normalizer", "null", "it would change the text");
        else if (key != "normalizer") in.skip();
    });
    in.end();
    auto added = std::move(d.added);
    tokenizer t = detail::tokenizer_of(std::move(d), where);
    std::sort(added.begin(), added.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    for (auto& special : added)
        if (t.add_special(special.text) != special.id)
            throw error({.where = where, .subject = special.text, .found = "id " + std::to_string(special.id),
                         .wanted = "the id " + std::to_string(*t.special(special.text)),
                         .hint = "added tokens follow the vocabulary without a gap, each once"});
    return t;
}

// The text of a tokenizer.json for this tokenizer.
inline std::string tokenizer_json(const tokenizer& t) {
    const bool words = t.name() == "word", bytes = t.name() == "byte";
    std::string json = "{\n  \"version\": \"1.0\",\n  \"truncation\": null,\n  \"padding\": null,\n  \"added_tokens\": [";
    for (const auto& special : t.specials())
        json += std::string(&special == t.specials().data() ? "" : ",") + "\n    {\"id\": " + std::to_string(special.id) +
                ", \"content\": " + detail::json_quoted(special.text) +
                ", \"single_word\": false, \"lstrip\": false, \"rstrip\": false, \"normalized\": false, \"special\": true}";
    json += "],\n  \"normalizer\": null,\n  \"pre_tokenizer\": ";
    if (words) json += "{\"type\": \"Split\", \"pattern\": {\"Regex\": " + detail::json_quoted(word_pattern) +
                       "}, \"behavior\": \"Isolated\", \"invert\": false}";
    else if (bytes) json += "{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"trim_offsets\": true, \"use_regex\": false}";
    else json += "null";
    json += ",\n  \"post_processor\": null,\n  \"decoder\": ";
    json += bytes ? "{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"trim_offsets\": true, \"use_regex\": false}" : "{\"type\": \"Fuse\"}";
    json += ",\n  \"model\": {\n    \"type\": ";
    json += words ? "\"WordLevel\",\n    \"unk_token\": \"<unk>\"" : "\"BPE\"";
    json += ",\n    \"vocab\": {";
    for (std::size_t id = 0; id < t.pieces().size(); ++id) {
        const auto piece = t.pieces()[static_cast<token>(id)];
        json += (id == 0 ? "\n      " : ",\n      ") + detail::json_quoted(bytes ? to_byte_alphabet(piece) : std::string(piece)) +
                ": " + std::to_string(id);
    }
    return json + "\n    }" + (words ? "" : ",\n    \"merges\": []") + "\n  }\n}\n";
}

}  // namespace stepgpt
