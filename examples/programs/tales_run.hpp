// The training that needs no download: tales, stories whose probability is known, so that the loss has a floor and what the
// model writes can be judged sentence by sentence.
#pragma once

#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>

#include <stepgpt/stepgpt.hpp>

// The first of out/tales, out/tales-2, ... that is not there yet: no run is ever overwritten.
inline std::filesystem::path unused_folder(const std::filesystem::path& wanted) {
    std::filesystem::path free = wanted;
    for (int i = 2; std::filesystem::exists(free); ++i) free = wanted.string() + "-" + std::to_string(i);
    return free;
}

// Writes the stories as a data folder: `count` to learn from, 500 others to be judged by, a token for each word.
inline void write_tales(const std::filesystem::path& folder, std::size_t count, std::uint64_t seed) {
    using namespace stepgpt;
    const std::string train = tales_text(seed, count), validation = tales_text(seed, 500, count);
    word_trainer words;
    words.add(train);
    words.add(validation);
    const tokenizer tokens(words.train());
    const double nats = -tales_log_probability(validation);
    const auto floor = nats / static_cast<double>(tokens.encode(validation).size());
    write_data_folder(folder, tokens, train, validation,
                      json{{"text", "tales"}, {"seed", seed}, {"stories", count}, {"floor", floor}}.dump(2));
}

// The lowest loss that any model could have on this data, if whoever prepared it knew.
inline std::optional<double> known_floor(const stepgpt::data_folder& data) {
    const auto about = stepgpt::json::parse(data.about, nullptr, false);
    if (!about.is_object() || !about.contains("floor") || !about["floor"].is_number()) return {};
    return about["floor"].get<double>();
}

// Lets the model tell `count` stories, each from its beginning and at a temperature of 0.7, and says how many of them, and
// of their sentences, belong to the grammar.
template <class Model>
void judge_stories(const Model& model, const stepgpt::tokenizer& tokens, std::size_t count) {
    using namespace stepgpt;
    const token end = tokens.encode("\n\n").at(0);
    std::string told;
    for (std::size_t i = 0; i < count; ++i) {
        generator<Model> writer(model, {end}, {.temperature = 0.7, .seed = i});
        while (writer.next() != end && writer.ids().size() < model.config.block_size) {}
        told += tokens.decode(std::span<const token>(writer.ids()).subspan(1));
        if (writer.ids().back() != end) told += "\n\n";
    }
    const tale_verdict verdict = judge_tales(told);
    std::printf("\n%s\n\n", told.substr(0, told.find("\n\n")).c_str());
    std::printf("judged    %zu of %zu sentences and %zu of %zu stories are correct by the grammar\n", verdict.correct_sentences,
                verdict.sentences.size(), verdict.correct_stories, verdict.stories);
    if (verdict.first_fault) std::printf("          first fault: %s\n", verdict.first_fault->message().c_str());
}
