// What the tests of readers share: documents and complaints as they come.
#pragma once

#include <stepgpt/text/reading.hpp>

#include <string>
#include <vector>

namespace test {

struct collected {
    std::vector<stepgpt::document> documents;
    std::vector<std::string> complaints;

    std::vector<std::string> texts() const {
        std::vector<std::string> all;
        for (const auto& d : documents) all.push_back(d.text);
        return all;
    }

    stepgpt::reading to(stepgpt::reading_options options = {}) {
        return {std::move(options), [this](stepgpt::document d) { documents.push_back(std::move(d)); },
                [this](const stepgpt::error& e) { complaints.emplace_back(e.what()); }};
    }
};

using texts = std::vector<std::string>;

}  // namespace test
