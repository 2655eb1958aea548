// Our side of tests/benchmark/tokens.py, which says what is measured and how: a line on stdin asks, one on stdout answers.
//
//     encode MERGES TEXT THREADS    ->  seconds, ids, their hash
//     train VOCAB_SIZE TEXT THREADS OUT    ->  seconds, merges; writes them to OUT
//
// Files are read before the clock runs, and the same ones again are not read again.
#include <stepgpt/token/bpe_trainer.hpp>
#include <stepgpt/token/tokenizer_files.hpp>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <map>
#include <string>

namespace {

using namespace stepgpt;

template <class Work>
double seconds(Work&& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

template <class Value, class Load>
const Value& once(const std::string& name, Load&& load) {
    static std::map<std::string, Value> known;
    const auto found = known.find(name);
    return found != known.end() ? found->second : known.emplace(name, load(name)).first->second;
}

const std::string& text_of(const std::string& path) {
    return once<std::string>(path, [](const std::string& name) { return read_file(name, SIZE_MAX); });
}

void encode(const std::string& merges, const std::string& path, int threads) {
    const auto& t = once<tokenizer>(merges, [](const std::string& name) { return load_tokenizer_file(name); });
    const std::string& text = text_of(path);
    set_thread_count(threads);
    std::vector<token> ids;
    const double took = seconds([&] { ids = t.encode(text); });
    std::printf("%.6f %zu %s\n", took, ids.size(), hash_text(hash64(std::as_bytes(std::span(ids)))).c_str());
}

void train(std::size_t vocab_size, const std::string& path, int threads, const std::string& out) {
    const std::string& text = text_of(path);
    set_thread_count(threads);
    tokenizer t;
    const double took = seconds([&] {
        bpe_trainer trainer;
        trainer.vocab_size = vocab_size;
        trainer.add(text);
        t = trainer.train();
    });
    write_file(out, to_vocab_and_merges(t).merges);
    std::printf("%.6f %zu\n", took, t.vocab_size() - 256);
}

}  // namespace

int main() {
    std::string what, first, path;
    int threads = 1;
    while (std::cin >> what >> first >> path >> threads) {
        std::string out;
        if (what == "encode") encode(first, path, threads);
        else if (std::cin >> out) train(std::stoul(first), path, threads, out);
        std::fflush(stdout);
    }
}
