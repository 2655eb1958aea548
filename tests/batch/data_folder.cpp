#include <stepgpt/batch/data_folder.hpp>

#include "../token/support.hpp"

using namespace stepgpt;

namespace {
std::string problem(const std::filesystem::path& folder) {
    return test::message([&] { data_folder{folder}; });
}
}  // namespace

TEST_CASE("a data folder holds ids and what they mean") {
    test::temporary_folder folder;
    character_trainer trainer;
    trainer.add("the fox");
    const tokenizer t = trainer.train();
    save_tokenizer(t, folder.path());
    write_token_file(folder / "train.bin", t.vocab_size(), t.encode("the fox"));
    CHECK(test::has(problem(folder.path()), "found no val.bin"));
    write_token_file(folder / "val.bin", t.vocab_size(), t.encode("hot"));
    test::write(folder / "prepare.json", "{}");

    const data_folder data(folder.path());
    CHECK(data.train.size() == 7);
    CHECK(data.train.name() == "train");
    CHECK(data.about == "{}");
    std::vector<token> ids(data.val.size());
    data.val.copy(0, ids);
    CHECK(data.text.decode(ids) == "hot");
}

TEST_CASE("what is missing or of another vocabulary is named") {
    test::temporary_folder folder;
    CHECK(test::has(problem(folder / "none"), "found nothing, wanted a data folder"));
    CHECK(test::has(problem(folder.path()), "found no train.bin"));
    write_token_file(folder / "train.bin", 256, std::vector<token>{0, 1});
    CHECK(test::has(problem(folder / "train.bin"), "found a file, wanted a data folder"));
    write_token_file(folder / "val.bin", 256, std::vector<token>{0, 200});
    CHECK(test::has(problem(folder.path()), "found no tokenizer"));
    character_trainer trainer;
    trainer.add("abc");
    save_tokenizer(trainer.train(), folder.path());
    CHECK(test::has(problem(folder.path()), "val.bin, byte 2: found token id 200, wanted an id below 3"));
}
