// prepare.html: what a data folder was made of, for people. One page without script, picture files or network.
//
// What was kept, which rule dropped how much and what that looked like, what each source gave, the texts before and
// after, the tokens. Not here: the same for programs (prepare_json.hpp); how pages look (report/page_style.hpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <stepgpt/batch/prepared.hpp>
#include <stepgpt/report/bar_chart.hpp>
#include <stepgpt/report/markup.hpp>
#include <stepgpt/report/page_style.hpp>
#include <stepgpt/report/svg.hpp>

namespace stepgpt {

namespace detail {

inline std::string figure_of(double value, const std::string& unit) {
    return tag("div", "", tag("b", "", readable(value)) + tag("span", "", escaped(unit)));
}

inline std::string section_of(const std::string& heading, const std::string& content) {
    return content.empty() ? "" : tag("section", "", "\n" + tag("h2", "", heading) + "\n" + content) + "\n";
}

inline std::string note_of(const std::string& text) { return tag("p", "class='note'", escaped(text)) + "\n"; }

inline std::string chart_of(const bar_chart& chart) {
    return tag("figure", "", tag("div", "class='wide'", chart.draw(720).element()) +
                             tag("div", "class='narrow'", chart.draw(360).element())) + "\n";
}

inline std::string row_of(std::initializer_list<std::string> cells, const char* kind = "td") {
    std::string row;
    for (const auto& cell : cells) row += tag(kind, "", cell);
    return tag("tr", "", row) + "\n";
}

inline std::string page_of_drops(const prepared& done) {
    bar_chart chart{.title = "What was dropped, by rule", .unit = "kB", .bars = {}};
    std::string examples;
    for (std::size_t i = 0; i < done.report.rules.size(); ++i) {
        const rule& r = done.options.corpus.rules[i];
        const rule_report& did = done.report.rules[i];
        if (did.documents.documents == 0) continue;
        const bool drops = r.drops();
        if (drops) chart.bars.push_back({r.name, static_cast<double>(did.documents.bytes) / 1000});
        examples += tag("p", "class='where'",
                        tag("b", "", escaped(r.name)) + ": " + escaped(r.what) + ". " +
                            readable(static_cast<double>(did.documents.documents)) +
                            (drops ? " documents dropped" : " documents changed")) +
                    "\n";
        for (const example& e : did.examples) {
            std::string shown = escaped(e.source) + (drops ? ": " + escaped(e.after) : "") + "\n" + escaped(e.before);
            if (!drops && !e.after.empty()) shown += "\n\u2193\n" + escaped(e.after);
            examples += tag("pre", "", shown) + "\n";
        }
    }
    return section_of("What went, and why",
                      (chart.bars.empty() ? note_of("No document was dropped.") : chart_of(chart)) + examples);
}

inline std::string page_of_sources(const prepared& done) {
    std::vector<const source_report*> largest;
    for (const auto& source : done.report.sources) largest.push_back(&source);
    std::stable_sort(largest.begin(), largest.end(), [](auto* a, auto* b) { return a->read.bytes > b->read.bytes; });
    constexpr std::size_t most = 40;
    std::string rows = row_of({"file", "kind", "in the file", "read", "documents", "kept", "notes"}, "th");
    for (std::size_t i = 0; i < std::min(most, largest.size()); ++i) {
        const source_report& s = *largest[i];
        std::string notes;
        for (const auto& [rule, what] : s.dropped) {
            notes += readable(static_cast<double>(what.documents)) + " dropped by " +
                     done.options.corpus.rules[rule].name + ". ";
        }
        for (const auto& n : s.info.notes) notes += n + ". ";
        rows += row_of({escaped(s.info.path), s.info.known ? name_of(s.info.kind.is) : "not read",
                        readable(static_cast<double>(s.info.file_bytes)), readable(static_cast<double>(s.read.bytes)),
                        readable(static_cast<double>(s.read.documents)), readable(static_cast<double>(s.kept.bytes)),
                        escaped(notes)});
    }
    const std::string more = largest.size() > most
                                 ? note_of("The " + std::to_string(most) + " largest of " +
                                           std::to_string(done.report.files) + " files; prepare.json lists more.")
                                 : "";
    return section_of("Sources", "<div class='table'>" + tag("table", "", rows) + "</div>" + more);
}

inline std::string page_of_samples(const prepared& done) {
    std::string all;
    for (const text_sample& s : done.report.samples) {
        all += tag("p", "class='where'", escaped(s.kind) + ": " + escaped(s.source)) + "\n" +
               tag("pre", "class='raw'", escaped(s.before)) + "\n" + tag("p", "class='where'", "read as") + "\n" +
               tag("pre", "", escaped(s.after)) + "\n";
    }
    return section_of("Before and after", all);
}

inline std::string page_of_tokens(const prepared& done) {
    const tokenizer& t = done.tokens;
    const auto number = [](std::uint64_t n) { return readable(static_cast<double>(n)); };
    std::string rows =
        row_of({"", "tokens", "documents", "bytes", "characters", "words", "bytes a token", "tokens a word"}, "th");
    for (const auto* const counts : {&done.train, &done.val}) {
        rows +=
            row_of({counts == &done.train ? "train" : "validation", number(counts->tokens), number(counts->documents),
                    number(counts->bytes), number(counts->characters), number(counts->words),
                    fixed(counts->bytes_per_token(), 2), fixed(counts->tokens_per_word(), 2)});
    }
    bar_chart frequent{.title = "The most frequent tokens of train", .unit = "", .bars = {}};
    for (const token id : done.train.most_frequent(15)) {
        frequent.bars.push_back({visible_token(shortened(t.show(id), 20)), static_cast<double>(done.train.count(id))});
    }
    std::string longest;
    for (const token id : done.train.longest(30, t)) longest += visible_token(shortened(t.show(id), 60)) + "\n";
    return section_of("Tokens", "<div class='table'>" + tag("table", "", rows) + "</div>" +
                                    note_of(std::string(t.name()) + " tokens; " + std::to_string(done.train.used()) +
                                            " of " + std::to_string(t.vocab_size()) + " ids occur in train.") +
                                    chart_of(frequent) + tag("p", "class='where'", "The longest tokens of train") +
                                    tag("pre", "", escaped(longest)));
}

inline std::string page_of_problems(const prepared& done) {
    std::string all;
    for (const auto& message : done.report.messages) all += message + "\n";
    for (const auto& message : done.report.without_text) all += message + "\n";
    if (done.report.end_of_text_marks > 0) {
        all += std::to_string(done.report.end_of_text_marks) +
               " times <|endoftext|> stands inside a document: it is ordinary "
               "text there. If it parts documents, name it: --separator \"<|endoftext|>\"\n";
    }
    return all.empty() ? "" : section_of("What could not be read", tag("pre", "", escaped(all)));
}

inline constexpr std::string_view table_style = R"(
.table{overflow-x:auto}table{border-collapse:collapse;font:.82rem/1.4 system-ui,sans-serif;margin:1rem 0}
th,td{text-align:left;vertical-align:top;padding:.25rem .8rem .25rem 0;border-bottom:1px solid var(--faint)}
th{color:var(--soft);font-weight:400}pre+pre,.where+pre{margin-top:.4rem}pre{margin-bottom:.4rem}.raw{opacity:.75}
)";

}  // namespace detail

inline std::string prepare_page(const prepared& done) {
    const corpus_report& report = done.report;
    const auto number = [](std::uint64_t n) { return static_cast<double>(n); };
    const std::string figures =
        detail::figure_of(number(report.kept.documents),
                          "documents kept of " + readable(number(report.read.documents)) + " read") +
        detail::figure_of(number(report.kept.bytes), "bytes of text kept of " + readable(number(report.read.bytes))) +
        detail::figure_of(number(done.train.tokens), "tokens to learn from") +
        detail::figure_of(number(done.val.tokens), "tokens of validation, split by " + done.split) +
        detail::figure_of(number(done.tokens.vocab_size()),
                          "ids in the vocabulary (" + std::string(done.tokens.name()) + ")");
    std::string page = "<!doctype html>\n<html lang='en'>\n<meta charset='utf-8'>\n"
                       "<meta name='viewport' content='width=device-width, initial-scale=1'>\n";
    page += tag("title", "", "Data: " + escaped(done.options.out.filename().string())) + "\n";
    page += "<style>" + chart_colours(":root") + std::string(chart_style) + std::string(page_style) +
            std::string(detail::table_style) + "</style>\n";
    page += tag("h1", "", "What " + escaped(done.options.out.filename().string()) + " is made of") + "\n";
    page += tag("div", "class='figures'", figures) + "\n";
    page += detail::page_of_drops(done) + detail::page_of_sources(done) + detail::page_of_samples(done) +
            detail::page_of_tokens(done) + detail::page_of_problems(done);
    return page + "</html>\n";
}

}  // namespace stepgpt
