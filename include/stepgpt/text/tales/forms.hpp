// The forms of a word: with a capital letter, with its article, and the pronouns that stand for it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <stepgpt/text/tales/grammar.hpp>

namespace stepgpt::detail {

struct tale_pronoun {
    std::string_view label;
    std::string_view he, him, his, himself, was;
};
inline constexpr tale_pronoun tale_pronouns[] = {
    {"he:", "he", "him", "his", "himself", "was"},
    {"she:", "she", "her", "her", "herself", "was"},
    {"they:", "they", "them", "their", "themselves", "were"},
    {"it:", "it", "it", "its", "itself", "was"},
};

inline std::string capitalised(std::string_view s) {
    std::string out(s);
    if (out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 'a' + 'A');
    return out;
}

// `pronoun` counts from 1 in tale_pronouns; 0: a word that is nobody.
inline tale_grammar::word forms_of(std::string_view plain, std::size_t pronoun) {
    using g = tale_grammar;
    g::word w;
    const std::string article = std::string_view("aeiou").find(plain[0]) != std::string_view::npos ? "an " : "a ";
    w.as[g::plain] = plain;
    w.as[g::capital] = capitalised(plain);
    w.as[g::a] = article + std::string(plain);
    w.as[g::A] = capitalised(w.as[g::a]);
    if (pronoun == 0) return w;
    const auto& p = tale_pronouns[pronoun - 1];
    w.as[g::he] = p.he, w.as[g::He] = capitalised(p.he), w.as[g::him] = p.him, w.as[g::his] = p.his;
    w.as[g::His] = capitalised(p.his), w.as[g::himself] = p.himself, w.as[g::was] = p.was;
    return w;
}

}  // namespace stepgpt::detail
