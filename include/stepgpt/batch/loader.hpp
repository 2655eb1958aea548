// The batches of a training run: a function of the seed and of a position, which is two numbers.
//
//     loader batches(train, B, T, seed);
//     batches.next(inputs, targets);                 // (B,T) each; no memory is taken after the first
//     checkpoint.batch = batches.position();         // ... and in the next process
//     batches.seek(checkpoint.batch);                // the same batches follow
//
// Four orders. `random_windows` draws the beginnings at random, with replacement, as nanoGPT does. `shuffled_windows` cuts
// the ids into windows that do not overlap and shows each of them once an epoch; every epoch has a first cut and an order
// of its own. No list of windows is kept, so that a corpus of any size needs no memory for it. `random_documents` gives each
// row one document, from its beginning. `shuffled_examples` lays questions and answers end to end, each once an epoch.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <stepgpt/batch/documents.hpp>
#include <stepgpt/batch/examples.hpp>
#include <stepgpt/batch/token_shards.hpp>
#include <stepgpt/batch/window.hpp>
#include <stepgpt/core/error.hpp>
#include <stepgpt/core/random.hpp>
#include <stepgpt/core/tensor.hpp>

namespace stepgpt {

enum class window_order { random_windows, shuffled_windows, random_documents, shuffled_examples };

// Where index goes in a shuffled order of 0 .. count - 1, without a list of them: a Feistel network (Luby and Rackoff 1988)
// of six rounds permutes the numbers of the next even number of bits, and is applied until it gives one below count
// (Black and Rogaway 2002: cycle walking).
inline std::uint64_t shuffled(std::uint64_t index, std::uint64_t count, const random_numbers& order) {
    const int half = (std::bit_width(count) + 1) / 2;
    const std::uint64_t mask = (std::uint64_t{1} << half) - 1;
    do {
        std::uint64_t left = index >> half, right = index & mask;
        for (std::uint64_t round = 0; round < 6; ++round) {
            const std::uint64_t mixed = left ^ (order.block(right << 3 | round)[0] & mask);
            left = right;
            right = mixed;
        }
        index = left << half | right;
    } while (index >= count);
    return index;
}

class loader {
public:
    // What comes next. It goes into the checkpoint.
    struct place {
        std::uint64_t epoch = 0;   // random windows: always 0
        std::uint64_t index = 0;   // random windows: the batch; shuffled ones: the window, or example, of this epoch
        friend bool operator==(const place& a, const place& b) { return a.epoch == b.epoch && a.index == b.index; }
    };

    // The ids must outlive the loader.
    loader(const token_shards& ids, std::size_t batch_size, std::size_t block_size, std::uint64_t seed,
           window_order order = window_order::random_windows)
        : ids_(&ids), B_(batch_size), T_(block_size), seed_(seed), order_(order) {
        if (B_ == 0) throw error({.where = "loader", .subject = "batch_size", .found = "0", .wanted = "at least 1"});
        if (order_ != window_order::shuffled_examples) expect_window(ids, T_);
    }

    // Rows that are documents (documents.hpp), drawn at random with replacement; `end` is the id that ends a document.
    loader(const token_shards& ids, std::size_t batch_size, std::size_t block_size, std::uint64_t seed, token end)
        : loader(ids, batch_size, block_size, seed, window_order::random_documents) {
        documents_.emplace(ids, end);
    }

    // Questions and answers (examples.hpp), in an order of their own each epoch.
    loader(const token_shards& ids, const token_shards& roles, std::size_t batch_size, std::size_t block_size,
           std::uint64_t seed)
        : loader(ids, batch_size, block_size, seed, window_order::shuffled_examples) {
        examples_.emplace(ids, roles, T_);
    }

    place position() const { return next_; }
    void seek(place position) { next_ = position; }

    // Fills inputs and targets (B,T) with the next batch.
    void next(token_ids<>& inputs, token_ids<>& targets) {
        resize(inputs, {B_, T_});
        resize(targets, {B_, T_});
        if (examples_) return next_examples(inputs, targets);
        const bool drawn = order_ != window_order::shuffled_windows;
        const random_numbers draw(seed_, stream::batch, static_cast<std::uint32_t>(next_.index));
        for (std::size_t b = 0; b < B_; ++b) {
            const std::span<token> x(inputs.data() + b * T_, T_), y(targets.data() + b * T_, T_);
            if (documents_) {
                documents_->read(draw.below(documents_->size(), b), x, y);
                continue;
            }
            const std::size_t begin = drawn ? draw.below(ids_->size() - T_, b) : next_of_epoch();
            read_window(*ids_, begin, x, y);
        }
        if (drawn) ++next_.index;
    }

    // Where sequences end in the batch that came last, if they are not its rows (nn/pass.hpp).
    std::span<const std::size_t> sequences() const { return ends_; }

    // How many shuffled windows this epoch has.
    std::uint64_t windows(std::uint64_t epoch) const { return window_count(ids_->size() - first_cut(epoch), T_); }

private:
    random_numbers order_of(std::uint64_t epoch) const { return {seed_, stream::shuffle, static_cast<std::uint32_t>(epoch)}; }

    // Where an epoch's first window begins: less than a window from the first id, and at least one window is left.
    std::size_t first_cut(std::uint64_t epoch) const {
        constexpr std::uint64_t beyond_the_order = std::uint64_t{1} << 62;   // shuffled() draws at small places only
        return order_of(epoch).below(std::min(T_, ids_->size() - T_), beyond_the_order);
    }

    std::size_t next_of_epoch() {
        if (next_.index >= windows(next_.epoch)) next_ = {next_.epoch + 1, 0};
        const std::uint64_t window = shuffled(next_.index++, windows(next_.epoch), order_of(next_.epoch));
        return first_cut(next_.epoch) + window * T_;
    }

    // Example k of the run: epochs follow each other without a gap.
    void next_examples(token_ids<>& inputs, token_ids<>& targets) {
        const std::uint64_t count = examples_->size(), first = next_.epoch * count + next_.index;
        const auto number = [&](std::size_t k) { return shuffled(k % count, count, order_of(k / count)); };
        const std::uint64_t after = examples_->pack(first, first + inputs.size(), number, inputs, targets, ends_);
        next_ = {after / count, after % count};
    }

    const token_shards* ids_;
    std::size_t B_, T_;
    std::uint64_t seed_;
    window_order order_;
    std::optional<documents> documents_;
    std::optional<examples> examples_;
    std::vector<std::size_t> ends_;
    place next_;
};

}  // namespace stepgpt
