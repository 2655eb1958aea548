// With keys and values kept, a model computes what it computes without.
#include "../support.hpp"

#include <cmath>
#include <vector>

#include <stepgpt/generate/drafts.hpp>

using namespace stepgpt;

namespace {

const gpt_config sizes{.vocab_size = 61, .block_size = 24, .n_layer = 2, .n_head = 3, .n_embd = 48};

// Weights that say something: those of a new model give nearly the same logits for all tokens.
template <class Device>
gpt<float, Device> lively_model(std::uint64_t seed) {
    gpt<float, Device> model(sizes, seed);
    for (const auto& p : parameters(model))
        for (std::size_t i = 0; i < p.size; ++i) p.value[i] *= p.is_matrix() ? 8 : 1;
    return model;
}

std::vector<token> some_ids(std::size_t n, std::uint64_t seed) {
    const random_numbers draw(seed, stream::test);
    std::vector<token> ids(n);
    for (std::size_t i = 0; i < n; ++i) ids[i] = static_cast<token>(draw.below(sizes.vocab_size, i));
    return ids;
}

// The last token's logits, computed from the whole of what is visible.
template <class Device>
std::vector<float> full_logits(const gpt<float, Device>& model, const std::vector<token>& ids) {
    const std::size_t first = first_visible(ids.size(), sizes.block_size), T = ids.size() - first;
    token_ids<> inputs;
    resize(inputs, {1, T});
    std::copy(ids.begin() + static_cast<std::ptrdiff_t>(first), ids.end(), inputs.data());
    typename gpt<float, Device>::cache cache;
    const auto& logits = model.forward(inputs, cache);
    const float* const last = logits.data() + (T - 1) * sizes.vocab_size;
    return {last, last + sizes.vocab_size};
}

}  // namespace

TEST_CASE_TEMPLATE("key_value_cache: logits are those of the full context, token by token", Device, cpu, simd) {
    const auto model = lively_model<Device>(4);
    const auto ids = some_ids(sizes.block_size, 1);
    key_value_cache<gpt<float, Device>> kept(model, 2);
    std::vector<float> logits(sizes.vocab_size);
    double worst = 0, largest = 0;
    for (std::size_t n = 1; n <= ids.size(); ++n) {
        using row = typename key_value_cache<gpt<float, Device>>::new_token;
        kept.read(std::vector<row>{{1, ids[n - 1]}, {0, ids[0]}});           // another text beside it changes nothing
        const auto& x = kept.hidden();
        unembedding_forward(Device{}, x.data(), model.head().value.data(), logits.data(), 1, sizes.n_embd, sizes.vocab_size);
        const auto wanted = full_logits(model, {ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(n)});
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            worst = std::max<double>(worst, std::abs(wanted[i] - logits[i]));
            largest = std::max<double>(largest, std::abs(wanted[i]));
        }
    }
    CHECK(largest > 1);
    CHECK(worst <= 1e-5 * largest);
    CHECK(kept.length(1) == sizes.block_size);
}

TEST_CASE("key_value_cache: ids and lengths are checked") {
    const gpt<float> model({.vocab_size = 5, .block_size = 2, .n_layer = 1, .n_head = 1, .n_embd = 4});
    key_value_cache<gpt<float>> kept(model, 1);
    using rows = std::vector<key_value_cache<gpt<float>>::new_token>;
    CHECK_THROWS_WITH_AS(kept.read(rows{{0, 5}}), doctest::Contains("found token id 5, wanted 0 to 4"), error);
    kept.read(rows{{0, 1}, {0, 2}});
    CHECK_THROWS_WITH_AS(kept.read(rows{{0, 1}}), doctest::Contains("found a text longer than block_size"), error);
    kept.forget(0);
    kept.read(rows{{0, 1}});
    CHECK(kept.length(0) == 1);
}

TEST_CASE("first_visible: all, or at least three quarters of the window") {
    CHECK(first_visible(8, 8) == 0);
    CHECK(first_visible(9, 8) == 2);
    CHECK(first_visible(10, 8) == 2);
    CHECK(first_visible(11, 8) == 4);
    CHECK(first_visible(5, 1) == 4);
    for (std::size_t n = 1; n < 100; ++n) {
        const std::size_t visible = n - first_visible(n, 24);
        CHECK(visible <= 24);
        CHECK(visible >= std::min<std::size_t>(n, 19));
    }
}

TEST_CASE("drafts: the choices on 200 prompts are those of the full context, also beyond the window") {
    const auto model = lively_model<simd>(5);
    std::vector<std::vector<token>> prompts;
    for (std::size_t i = 0; i < 200; ++i) prompts.push_back(some_ids(1 + i % 30, i));
    drafts<gpt<float>> all(model, prompts, {.temperature = 0});
    for (int i = 0; i < 20; ++i) all.advance();
    std::size_t same = 0, near = 0;
    for (std::size_t i = 0; i < prompts.size(); ++i)
        for (std::size_t n = prompts[i].size(); n < all[i].ids.size(); ++n) {
            const auto logits = full_logits(model, {all[i].ids.begin(), all[i].ids.begin() + static_cast<std::ptrdiff_t>(n)});
            const auto best = std::max_element(logits.begin(), logits.end());
            same += best - logits.begin() == all[i].ids[n];
            near += *best - logits[static_cast<std::size_t>(all[i].ids[n])] < 1e-4f;
        }
    CHECK(near == 4000);
    CHECK(same == 4000);
}

TEST_CASE("drafts: a text is the same alone as among others, and says how likely it was") {
    const auto model = lively_model<simd>(6);
    const auto one = some_ids(5, 1), two = some_ids(9, 2), three = some_ids(1, 3);
    const sampling how{.temperature = 0.9, .top_k = 30, .seed = 11};
    drafts<gpt<float>> all(model, {one, two, three}, how);
    all.scored = true;
    all[2].open = false;
    for (int i = 0; i < 12; ++i) CHECK(all.advance());
    CHECK(all[2].ids == three);                       // closed: nothing is added

    auto second = how;
    second.seed += 1;
    generator<gpt<float>> alone(model, two, second);
    for (int i = 0; i < 12; ++i) alone.next();
    CHECK(alone.ids() == all[1].ids);

    const auto& ids = all[0].ids;
    const auto logits = full_logits(model, {ids.begin(), ids.end() - 1});
    CHECK(all[0].log_probability == doctest::Approx(logits[static_cast<std::size_t>(ids.back())] -
                                                    log_sum_exp(std::span<const float>(logits))).epsilon(1e-4));
    for (std::size_t i = 0; i < 3; ++i) all[i].open = false;
    CHECK_FALSE(all.advance());
    CHECK_THROWS_WITH_AS(drafts<gpt<float>>(model, {{}}, how), doctest::Contains("an empty prompt"), error);
}

TEST_CASE("drafts: what is added from outside is read as if it had been written") {
    const auto model = lively_model<simd>(7);
    const auto prompt = some_ids(6, 1), more = some_ids(4, 2);
    generator<gpt<float>> talk(model, prompt, {.temperature = 0});
    talk.next();
    talk.add(more);
    talk.next();
    auto whole = prompt;
    whole.push_back(talk.ids()[6]);
    whole.insert(whole.end(), more.begin(), more.end());
    generator<gpt<float>> at_once(model, whole, {.temperature = 0});
    CHECK(at_once.next() == talk.ids().back());
}
