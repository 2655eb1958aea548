// One text in the making.
#pragma once

#include <cstddef>
#include <vector>

#include <stepgpt/core/tensor.hpp>
#include <stepgpt/generate/sampler.hpp>

namespace stepgpt {

// One text: what is there, and how it goes on.
struct draft {
    std::vector<token> ids;                    // the prompt and what has been written
    sampler choice;
    bool open = true;                          // false: nothing more is written
    double log_probability = 0;                // of the last token, if drafts are scored: before temperature and the like
    std::size_t first = 0, known = 0;          // ids[first .. known) are kept in the cache
};

// One that is open, and its number among all.
struct open_draft {
    std::size_t number;
    draft* text;
};

}  // namespace stepgpt
