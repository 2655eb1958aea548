#include <doctest/doctest.h>

#include <stepgpt/text/spool.hpp>

#include <filesystem>
#include <string>

#include "../support.hpp"

using namespace stepgpt;

TEST_CASE("spool: documents come back as they went, in any order, while more are added") {
    const test::temporary_folder folder;
    document_spool spool(folder.path());
    CHECK(std::filesystem::is_empty(folder.path()));            // the file has no name
    for (int i = 0; i < 1000; ++i) {
        const std::string n = std::to_string(i);
        CHECK(spool.add({std::string(static_cast<std::size_t>(i * 5), 'x') + n, "source " + n, i % 3 == 1}) ==
              static_cast<std::size_t>(i));
        if (i % 100 == 7) CHECK(spool[static_cast<std::size_t>(i)].text.ends_with(n));
    }
    CHECK(spool.size() == 1000);
    for (const std::size_t i : {999, 0, 500, 1}) {
        const document d = spool[i];
        CHECK(d.text == std::string(i * 5, 'x') + std::to_string(i));
        CHECK(d.source == "source " + std::to_string(i));
        CHECK(d.continues == (i % 3 == 1));
    }
    CHECK_THROWS_AS(document_spool(folder / "absent"), error);
}
