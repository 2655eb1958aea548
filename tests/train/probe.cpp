#include <stepgpt/train/probe.hpp>

#include <numeric>
#include <vector>

#include <doctest/doctest.h>
#include <stepgpt/batch/token_file.hpp>
#include <stepgpt/nn/gpt.hpp>

#include "../support.hpp"

using namespace stepgpt;

TEST_CASE("a probe times a step and a forward pass of the real model") {
    test::temporary_folder folder;
    std::vector<token> ids(500);
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<token>(i % 7);
    write_token_file(folder / "train.bin", 7, ids);
    const token_shards data(folder.path(), "train", 7);
    const gpt_config sizes{.vocab_size = 7, .block_size = 16, .n_layer = 2, .n_head = 2, .n_embd = 16};
    const auto times = probe<gpt<float, cpu>>(sizes, {.batch_size = 4}, data, 0.01);
    CHECK(times.step > 0);
    CHECK(times.forward > 0);
    CHECK(times.forward < times.step);
    CHECK(times.step < 1);
}
