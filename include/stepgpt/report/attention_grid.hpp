// Every head of every layer on one sentence, layers down, heads across: each a small map, large with its tokens when
// chosen (a link to itself; CSS does the rest, so it needs no script and works on a phone).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/report/heat_map.hpp>
#include <stepgpt/report/run_report.hpp>

namespace stepgpt::page {

inline void check_attention(const run_report& run) {
    const std::size_t T = run.attention_tokens.size();
    for (const auto& map : run.attention)
        if (T == 0 || map.weights.size() != T * T)
            throw error({.where = "report, attention",
                         .subject = "layer " + std::to_string(map.layer) + ", head " + std::to_string(map.head),
                         .found = std::to_string(map.weights.size()) + " weights",
                         .wanted = "T x T for the " + std::to_string(T) + " attention_tokens"});
}

// So many tokens that all maps together keep the page small: about 8 bytes a cell on or below the diagonal.
inline std::size_t tokens_to_show(const run_report& run) {
    constexpr double most_cells = 36'000;
    const double cells = 2 * most_cells / static_cast<double>(run.attention.size());
    return std::min(run.attention_tokens.size(), static_cast<std::size_t>(std::sqrt(cells)));
}

// The tokens beside and above a map of 10 x 10 units a cell: defined once, used by each, which gives their size.
inline std::string token_names(const run_report& run, std::size_t T) {
    std::string names;
    for (std::size_t t = 0; t < T; ++t) {
        const auto name = escaped(shortened(visible_token(run.attention_tokens[t]), 10));
        const auto at = std::to_string(10 * t + 5);
        names += tag("text", "text-anchor='end' x='-3' y='" + at + "'", name) +
                 tag("text", "transform='translate(" + at + " -3) rotate(-90)'", name) + "\n";
    }
    const auto group = tag("g", "id='tokens' fill='var(--ink)' dominant-baseline='central'", names);
    return tag("svg", "xmlns='http://www.w3.org/2000/svg' width='0' height='0' style='position:absolute'",
               "<title>Tokens</title>" + tag("defs", "", group));
}

inline std::string attention_cell(const run_report::attention_map& map, std::size_t T, std::size_t all) {
    std::vector<float> shown;                                  // (T,T) of (all,all)
    for (std::size_t t = 0; t < T; ++t) {
        const auto row = map.weights.begin() + static_cast<std::ptrdiff_t>(t * all);
        shown.insert(shown.end(), row, row + static_cast<std::ptrdiff_t>(T));
    }
    const auto layer = std::to_string(map.layer), head = std::to_string(map.head);
    const auto box = "0 0 " + std::to_string(10 * T) + " " + std::to_string(10 * T);
    const auto id = "attention-" + layer + "-" + head, name = "layer " + layer + ", head " + head;
    const auto drawing =
        tag("svg", "class='chart' xmlns='http://www.w3.org/2000/svg' role='img' viewBox='" + box + "'",
            tag("title", "", name) + tag("g", "transform='scale(10)'", heat_cells(shown.data(), T, T, 1)) +
                "<use class='names' href='#tokens'/>");
    return tag("div", "class='cell'",
               tag("div", "class='map' id='" + id + "' data-name='" + name + "'",
                   tag("a", "href='#" + id + "'", drawing) + "<a class='close' href='#attention'>close</a>")) + "\n";
}

inline std::string attention_grid(const run_report& run) {
    check_attention(run);
    const std::size_t T = tokens_to_show(run);
    std::set<std::size_t> layers, heads;
    for (const auto& map : run.attention) {
        layers.insert(map.layer);
        heads.insert(map.head);
    }
    std::string cells = "<span>layer</span>";
    for (const std::size_t head : heads) cells += tag("span", "", "head " + std::to_string(head));
    for (const std::size_t layer : layers) {
        cells += tag("span", "", std::to_string(layer));
        for (const std::size_t head : heads) {
            const auto found = std::find_if(run.attention.begin(), run.attention.end(), [&](const auto& map) {
                return map.layer == layer && map.head == head;
            });
            const bool known = found != run.attention.end();
            cells += known ? attention_cell(*found, T, run.attention_tokens.size()) : "<span></span>";
        }
    }
    return token_names(run, T) + tag("div", "class='heads' style='--tokens:" + std::to_string(T) + ";--heads:" +
                                                std::to_string(heads.size()) + "'", cells) + "\n";
}

}  // namespace stepgpt::page
