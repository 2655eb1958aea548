// Which of several endings does the model find likeliest? HellaSwag's file (Zellers et al. 2019), a JSON object a line:
//
//     {"ctx": "A man sits on a roof. He", "endings": ["is using ...", "starts ...", ...], "label": 3}
//
// An ending is judged by the mean of -log p over its tokens (normalised by length), and, for comparison, by their sum.
// A random choice of four is right in a quarter of cases.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/json.hpp>
#include <stepgpt/core/json_fields.hpp>
#include <stepgpt/generate/sampler.hpp>
#include <stepgpt/token/tokenizer.hpp>

namespace stepgpt {

struct choice_question {
    std::string context;
    std::vector<std::string> endings;
    std::size_t right = 0;
};

inline std::vector<choice_question> parse_choices(std::string_view text, const std::string& where) {
    std::vector<choice_question> all;
    std::uint64_t number = 0;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        ++number;
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        try {
            const json_fields fields(parse_json(line, where), where);
            choice_question q{.context = fields.get<std::string>("ctx"), .endings = {}};
            if (q.context.empty()) fields.refuse("ctx", "an empty text", "a text that the endings continue");
            const auto endings = fields.get<json>("endings");
            if (!endings.is_array() || endings.size() < 2) fields.refuse("endings", endings.dump(), "a list of two or more");
            for (const auto& ending : endings) {
                if (!ending.is_string()) fields.refuse("endings", ending.dump(), "a text");
                q.endings.push_back(ending);
            }
            const auto label = fields.get<json>("label");        // a number, or a text as in some copies of the file
            q.right = label.is_string() && label.get<std::string>().size() == 1
                          ? static_cast<std::size_t>(label.get<std::string>()[0] - '0')
                          : fields.get<std::size_t>("label");
            if (q.right >= q.endings.size())
                fields.refuse("label", label.dump(), "0 to " + std::to_string(q.endings.size() - 1));
            all.push_back(std::move(q));
        } catch (const error& e) {
            complaint c = e.about();
            c.line = number;
            c.offset = {};
            throw error(std::move(c));
        }
    }
    if (all.empty()) throw error({.where = where, .found = "no question", .wanted = "at least one"});
    return all;
}

// -log p of each ending behind the context: sums, and means over the ending's tokens. What is too long for the window
// loses its beginning.
struct ending_scores {
    std::vector<double> sums, means;
};

template <class Model>
ending_scores score_endings(const Model& model, const tokenizer& tokens, const choice_question& q, typename Model::cache& cache) {
    using Real = typename Model::real;
    const auto context = tokens.encode(q.context);
    const std::size_t V = model.config.vocab_size;
    std::vector<std::vector<token>> rows;
    std::vector<std::size_t> asked;                               // tokens of the ending
    std::size_t T = 1;
    for (const auto& ending : q.endings) {
        auto ids = tokens.encode(" " + ending);
        asked.push_back(std::min(ids.size(), model.config.block_size));
        ids.insert(ids.begin(), context.begin(), context.end());
        if (ids.size() > model.config.block_size + 1)
            ids.erase(ids.begin(), ids.end() - static_cast<std::ptrdiff_t>(model.config.block_size + 1));
        T = std::max(T, ids.size() - 1);
        rows.push_back(std::move(ids));
    }
    token_ids<> inputs;                                           // (endings,T); what is behind a row changes nothing in it
    resize(inputs, {rows.size(), T});
    std::fill(inputs.data(), inputs.data() + inputs.size(), 0);
    for (std::size_t r = 0; r < rows.size(); ++r)
        std::copy(rows[r].begin(), rows[r].end() - 1, inputs.data() + r * T);
    const auto& logits = on_host(model.forward(inputs, cache));   // (endings,T,V)
    ending_scores scores;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        double sum = 0;
        for (std::size_t t = rows[r].size() - 1 - std::min(asked[r], rows[r].size() - 1); t + 1 < rows[r].size(); ++t) {
            const std::span<const Real> row(logits.data() + (r * T + t) * V, V);
            sum += log_sum_exp(row) - static_cast<double>(row[static_cast<std::size_t>(rows[r][t + 1])]);
        }
        scores.sums.push_back(sum);
        scores.means.push_back(sum / static_cast<double>(asked[r]));
    }
    return scores;
}

struct choice_result {
    std::size_t questions = 0, right_by_sum = 0, right_by_mean = 0;
};

template <class Model>
choice_result answer_choices(const Model& model, const tokenizer& tokens, const std::vector<choice_question>& all) {
    typename Model::cache cache;
    choice_result result;
    for (const auto& q : all) {
        const auto scores = score_endings(model, tokens, q, cache);
        const auto least = [](const std::vector<double>& x) {
            return static_cast<std::size_t>(std::min_element(x.begin(), x.end()) - x.begin());
        };
        ++result.questions;
        result.right_by_sum += least(scores.sums) == q.right;
        result.right_by_mean += least(scores.means) == q.right;
    }
    return result;
}

}  // namespace stepgpt
