// prepare: files of anything in, a data folder to train on out, with a page that says what was kept and why.
#include <stepgpt/batch/prepare.hpp>

#include <cstdio>

#include "program.hpp"

namespace {

using namespace stepgpt;

struct settings {
    prepare_options options;
    std::vector<std::string> with, without;
    int threads = 0;
    bool list_rules = false;
};

void add_flags(CLI::App& app, settings& s) {
    app.add_option("INPUT", s.options.corpus.inputs,
                   "files and folders: text, HTML, Markdown, CSV, TSV, JSON, JSON Lines, and any of them gzip'd");
    app.add_option("--out", s.options.out, "data folder to write");
    app.add_option("--val-fraction", s.options.val_fraction, "share of the text for validation")->capture_default_str();
    app.add_option(
        "--split", s.options.split,
        "tail: the end of the text; document: documents drawn by their hash (default: tail if there is one document)");
    app.add_option("--shard-tokens", s.options.shard_tokens,
                   "ids in one file at most: train-00000.bin, train-00001.bin, ...; 0: all in train.bin")
        ->capture_default_str();
    app.add_option("--threads", s.threads, "0: all cores")->capture_default_str();

    app.option_defaults()->group("Reading");
    app.add_option("--fields", s.options.corpus.reading.fields,
                   "columns of tables, paths in JSON (meta.title); default: text, content, body, ..., else all")
        ->delimiter(',')->allow_extra_args(false);
    app.add_option("--separator", s.options.corpus.reading.separators,
                   "a line like this parts two documents of a plain text")
        ->allow_extra_args(false);
    app.add_flag("--strict", s.options.corpus.strict,
                 "stop at the first broken file or row, instead of going on without it");

    app.option_defaults()->group("Cleaning");
    app.add_option("--with", s.with, "rules to switch on: mask, trim, gopher, c4, ...")
        ->delimiter(',')
        ->allow_extra_args(false);
    app.add_option("--without", s.without, "rules to switch off: near_duplicates, nfc, ...")
        ->delimiter(',')
        ->allow_extra_args(false);
    app.add_option("--similarity", s.options.corpus.similarity,
                   "share of phrases in common from which documents are near-duplicates")
        ->capture_default_str()
        ->check(CLI::Range(0.5, 1.0));
    app.add_flag("--list-rules", s.list_rules, "say what each rule does, and stop");

    app.option_defaults()->group("Tokens");
    app.add_option("--tokenizer", s.options.tokenizer.kind, "char, byte, word, bpe or gpt2")->capture_default_str();
    app.add_option("--vocab-size", s.options.tokenizer.vocab_size,
                   "word, bpe: ids at most (default: 4096 for bpe, no limit for word)");
    app.add_option("--min-count", s.options.tokenizer.min_count,
                   "word, bpe: what occurs less often gets no id of its own")
        ->capture_default_str();
    app.add_option("--merges", s.options.tokenizer.merges,
                   "gpt2: merges.txt, vocab.bpe, NAME.tiktoken or tokenizer.json");
}

int list_rules(const std::vector<rule>& rules) {
    for (const rule& r : rules) std::printf("%-24s %-4s %s\n", r.name.c_str(), r.on ? "on" : "off", r.what.c_str());
    return 0;
}

std::string size_of(std::uint64_t bytes) {
    char text[32];
    const bool large = bytes >= 1'000'000;
    std::snprintf(text, sizeof text, "%.2f %s", static_cast<double>(bytes) / (large ? 1e6 : 1e3), large ? "MB" : "kB");
    return text;
}

// Of the tokens to learn from, those that a word tokenizer has no word for.
double share_of_unknown(const prepared& done) {
    if (done.tokens.name() != "word" || done.train.tokens == 0) return 0;
    return static_cast<double>(done.train.count(word_tokenizer::unknown)) / static_cast<double>(done.train.tokens);
}

void tell(const prepared& done) {
    const corpus_report& report = done.report;
    std::printf("read      %llu documents, %s, in %llu files\n", static_cast<unsigned long long>(report.read.documents),
                size_of(report.read.bytes).c_str(), static_cast<unsigned long long>(report.files));
    for (std::size_t i = 0; i < report.rules.size(); ++i) {
        const amount& did = report.rules[i].documents;
        const rule& r = done.options.corpus.rules[i];
        if (did.documents == 0) continue;
        std::printf("%s %-23s %llu documents, %s\n", r.drops() ? "dropped  " : "changed  ", r.name.c_str(),
                    static_cast<unsigned long long>(did.documents), size_of(did.bytes).c_str());
    }
    std::printf("kept      %llu documents, %s\n", static_cast<unsigned long long>(report.kept.documents),
                size_of(report.kept.bytes).c_str());
    const std::string_view name = done.tokens.name();
    std::printf("tokens    %.*s, vocabulary of %zu\n", static_cast<int>(name.size()), name.data(),
                done.tokens.vocab_size());
    for (const auto* const part : {&done.train, &done.val}) {
        std::printf("%-9s %llu tokens, %llu documents, %.2f bytes a token, %.2f tokens a word\n",
                    part == &done.train ? "train" : "val", static_cast<unsigned long long>(part->tokens),
                    static_cast<unsigned long long>(part->documents), part->bytes_per_token(), part->tokens_per_word());
    }
    if (const double unknown = share_of_unknown(done); unknown > 0.05) {
        std::fprintf(stderr, "note      %.0f %% of the tokens are <unk>: a smaller --min-count, a larger --vocab-size, or "
                             "--tokenizer bpe, know more\n", 100 * unknown);
    }
    for (std::size_t i = 0; i < std::min<std::size_t>(report.messages.size(), 5); ++i) {
        std::fprintf(stderr, "left out  %s\n", report.messages[i].c_str());
    }
    if (report.failures > 5) {
        std::fprintf(stderr, "left out  %llu more; prepare.json has them\n",
                     static_cast<unsigned long long>(report.failures - 5));
    }
    if (report.files_without_text > 0) {
        std::fprintf(stderr, "no text   in %llu files; prepare.json has them\n",
                     static_cast<unsigned long long>(report.files_without_text));
    }
    if (report.end_of_text_marks > 0) {
        std::fprintf(stderr, "note      <|endoftext|> stands %llu times inside a document, as ordinary text\n",
                     static_cast<unsigned long long>(report.end_of_text_marks));
    }
    std::printf("page      %s\n", (done.options.out / "prepare.html").string().c_str());
}

}  // namespace

int main(int argc, char** argv) {
    settings s;
    CLI::App app("Make a data folder of files of anything: read, clean, split, tokenize, and say what was done.",
                 "prepare");
    add_flags(app, s);
    return run_program(app, argc, argv, [&] {
        for (const auto& name : s.with) switch_rules(s.options.corpus.rules, name, true);
        for (const auto& name : s.without) switch_rules(s.options.corpus.rules, name, false);
        if (s.list_rules) return list_rules(s.options.corpus.rules);
        if (s.options.corpus.inputs.empty())
            throw error({.where = "INPUT", .found = "nothing to read", .wanted = "files or folders"});
        if (s.threads > 0) set_thread_count(s.threads);
        tell(prepare(s.options));
        return 0;
    });
}
