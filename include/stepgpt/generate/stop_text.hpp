// Text that ends where one of several strings begins: what may yet become such a string is held back.
//
//     stop_text out({"\nUser:"});
//     out.push("Yes.\nUs");        // "Yes.": the rest may be the beginning of the end
//     out.push("ually");           // "\nUsually": it was not
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stepgpt {

class stop_text {
public:
    explicit stop_text(std::vector<std::string> stops) : stops_(std::move(stops)) {
        std::erase(stops_, "");
    }

    // The text that is certain now.
    std::string push(std::string_view part) {
        if (stopped_) return {};
        held_ += part;
        std::size_t end = held_.size();
        for (const auto& stop : stops_)
            if (const auto at = held_.find(stop); at < end) {
                end = at;
                stopped_ = true;
            }
        if (stopped_) return std::exchange(held_, {}).substr(0, end);
        std::size_t doubtful = 0;                        // bytes at the end that begin a stop
        for (const auto& stop : stops_)
            for (std::size_t n = std::min(stop.size() - 1, held_.size()); n > doubtful; --n)
                if (std::string_view(held_).substr(held_.size() - n) == std::string_view(stop).substr(0, n)) doubtful = n;
        std::string ready = held_.substr(0, held_.size() - doubtful);
        held_.erase(0, ready.size());
        return ready;
    }

    // What is left when nothing follows.
    std::string finish() { return std::exchange(held_, {}); }

    bool stopped() const { return stopped_; }

private:
    std::vector<std::string> stops_;
    std::string held_;
    bool stopped_ = false;
};

}  // namespace stepgpt
