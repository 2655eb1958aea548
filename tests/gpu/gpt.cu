#include "../cuda/gpt.cpp"

// Sizes that only a GPU has the patience for.

TEST_CASE("gpt: lengths and widths at no tile's edge, dropout, 20 steps") {
    const gpt_config sizes{.vocab_size = 67, .block_size = 70, .n_layer = 2, .n_head = 2, .n_embd = 48, .dropout = 0.1};
    const run plain = train<double, cpu>(20, sizes), fine = train<double, gpu>(20, sizes);
    const run single = train<float, gpu>(20, sizes), narrow = train<bf16, gpu>(20, sizes);
    CHECK(largest_difference(fine.losses, plain.losses) < 1e-10);
    CHECK(largest_difference(fine.norms, plain.norms) < 1e-9);
    CHECK(std::abs(single.losses[0] - plain.losses[0]) < 1e-5);
    CHECK(std::abs(single.norms[0] - plain.norms[0]) < 1e-5 * plain.norms[0]);
    CHECK(std::abs(narrow.losses[0] - plain.losses[0]) < 2e-2);
    CHECK(std::abs(narrow.norms[0] - plain.norms[0]) < 5e-2 * plain.norms[0]);
}

TEST_CASE("gpt: the same bits from run to run, at sizes where many blocks run at once") {
    const gpt_config sizes{.vocab_size = 1000, .block_size = 256, .n_layer = 2, .n_head = 4, .n_embd = 256, .dropout = 0.1};
    CHECK(train<float, gpu>(5, sizes).everything() == train<float, gpu>(5, sizes).everything());
    CHECK(train<bf16, gpu>(5, sizes).everything() == train<bf16, gpu>(5, sizes).everything());
}
