// What a run says before it starts: on what it runs, what it will need, how long it will take.
#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <stepgpt/batch/data_folder.hpp>
#include <stepgpt/batch/window.hpp>
#include <stepgpt/core/parallel.hpp>
#include <stepgpt/core/simd.hpp>
#include <stepgpt/core/simd_bf16.hpp>
#include <stepgpt/kernel/product_precision.hpp>
#include <stepgpt/nn/config.hpp>
#include <stepgpt/train/baselines.hpp>
#include <stepgpt/train/doctor.hpp>
#include <stepgpt/train/journal.hpp>
#include <stepgpt/train/options.hpp>

namespace stepgpt {

inline std::string device_name(cpu) { return "cpu (plain loops)"; }
inline std::string device_name(simd) {
    const char* const products = !bf16_products() ? "" : has_bf16_products ? ", bf16 products" : ", bf16 products imitated";
    return "simd (" + std::to_string(lanes<float>) + " floats at a time" + products + ")";
}

inline const char* build_name() {
#if defined(__OPTIMIZE__) && defined(NDEBUG)
    return "optimised build";
#elif defined(__OPTIMIZE__)
    return "optimised build with checks";
#else
    return "debug build: slow, made for stepping";
#endif
}

// "809,856"
inline std::string with_commas(std::size_t n) {
    const std::string digits = std::to_string(n);
    std::string grouped;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0) grouped += ',';
        grouped += digits[i];
    }
    return grouped;
}

// "31 MB", "1.4 GB"
inline std::string byte_count(double bytes) {
    char text[32];
    if (bytes >= 1e9) std::snprintf(text, sizeof text, "%.1f GB", bytes / 1e9);
    else std::snprintf(text, sizeof text, "%.0f MB", bytes / 1e6);
    return text;
}

// The most memory that this process has held so far.
inline double peak_memory() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
#ifdef __APPLE__
    return static_cast<double>(used.ru_maxrss);
#else
    return static_cast<double>(used.ru_maxrss) * 1024;
#endif
}

// "L4 H4 C128 T64 V65"
inline std::string size_name(const gpt_config& c) {
    return "L" + std::to_string(c.n_layer) + " H" + std::to_string(c.n_head) + " C" + std::to_string(c.n_embd) + " T" +
           std::to_string(c.block_size) + " V" + std::to_string(c.vocab_size);
}

inline std::size_t tokens_a_step(const train_options& o, const gpt_config& c) {
    return o.batch_size * o.row_length(c) * o.accumulate;
}

// A line that the loss is compared with: "bigram 2.4857".
struct reference {
    std::string name;
    double loss;
};

// Counting is cheap beside training; of a large corpus the first ten million tokens say enough.
inline baselines count_baselines(const data_folder& data) {
    std::vector<token> train(std::min<std::size_t>(data.train.size(), 10'000'000));
    std::vector<token> validation(std::min<std::size_t>(data.val.size(), 1'000'000));
    data.train.copy(0, train);
    data.val.copy(0, validation);
    return measure_baselines(train, validation, data.text.vocab_size());
}

// Device, sizes, and what there is to beat: the counted baselines go before the references that are known already.
template <class Model>
void introduce(journal& told, const Model& model, const data_folder& data, const train_options& options,
               std::vector<reference>& references) {
    const auto& c = model.config;
    told.fact("device",
              device_name(typename Model::device{}) + ", " + std::to_string(thread_count()) + " threads, " + build_name());
    told.fact("model", size_name(c) + ", " + with_commas(parameter_count(c)) + " parameters");
    told.fact("data", with_commas(data.train.size()) + " tokens to learn from, " + with_commas(data.val.size()) +
                          " to be judged by; " + with_commas(tokens_a_step(options, c)) + " a step");
    if (!data.train_roles) {                              // of answers alone, counting says nothing that could be compared
        const auto counted = count_baselines(data);
        references.insert(references.begin(), {{"uniform", counted.uniform}, {"unigram", counted.unigram},
                                               {"bigram", counted.bigram}, {"trigram", counted.trigram}});
    }
    std::string line;
    for (const auto& r : references) {
        line += detail::sentence("%s%s %.4f", line.empty() ? "" : ", ", r.name.c_str(), r.loss);
        told.baseline(r.name, r.loss);
    }
    if (!line.empty()) told.fact("to beat", line);
    told.remark(doubt_validation(window_count(data.val.size(), options.row_length(c)) * options.row_length(c)));
    told.remark(doubt_batch(tokens_a_step(options, c)));
    told.remark(doubt_bf16(bf16_products(), has_bf16_products));
}

}  // namespace stepgpt
