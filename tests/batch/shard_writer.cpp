#include <stepgpt/batch/shard_writer.hpp>

#include "../token/support.hpp"

using namespace stepgpt;

TEST_CASE("shards hold what one file holds, however the ids come") {
    std::vector<token> ids(1000);
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<token>(i);
    for (const std::uint64_t most : {0, 1, 7, 100, 999, 1000, 5000}) {
        const test::temporary_folder folder;
        shard_writer out(folder.path(), "train", 1000, most);
        for (std::size_t at = 0, step = 1; at < ids.size(); at += step, step = step % 90 + 13)
            out.add(std::span(ids).subspan(at, std::min(step, ids.size() - at)));
        out.finish();

        const token_shards read(folder.path(), "train", 1000);
        CHECK(read.files().size() == (most == 0 ? 1 : (1000 + most - 1) / most));
        CHECK(std::filesystem::exists(folder / "train.bin") == (most == 0));
        std::vector<token> back(read.size());
        read.copy(0, back);
        CHECK(back == ids);
    }
}
