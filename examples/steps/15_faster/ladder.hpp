// A ladder: the same computation in several ways, each timed, and each compared with the first.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

class ladder {
public:
    // operations: multiplications and additions that the computation needs, however it is done; at_most: how many of
    // them one thread of this machine, and all of them, can do in a second.
    ladder(const char* name, double operations, double at_most, double at_most_all)
        : name_(name), operations_(operations), at_most_{at_most, at_most_all} {
        std::printf("\n%s\n", name);
    }

    // Runs work(result) for a tenth of a second, and three times at least. The first rung is what later ones must agree
    // with, each element within `tolerance` of the largest.
    template <class Work>
    void rung(const char* how, std::vector<float>& result, Work work, bool all_threads = false) {
        std::fill(result.begin(), result.end(), std::nanf(""));
        double best = 1e9, all = 0;
        for (int run = 0; run < 3 || (all < 0.1 && run < 1000); ++run) {
            const auto start = std::chrono::steady_clock::now();
            work();
            const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
            best = std::min(best, seconds);
            all += seconds;
        }
        if (first_.empty()) first_ = result, first_time_ = best;
        double difference = 0, largest = 0;
        for (std::size_t i = 0; i < result.size(); ++i) {
            const double d = std::abs(result[i] - first_[i]);
            if (!(d <= difference)) difference = d;   // a NaN stays
            largest = std::max<double>(largest, std::abs(first_[i]));
        }
        good_ = good_ && difference <= tolerance * largest;
        times_.push_back(best);
        std::printf("  %-58s %9.3f ms %7.1f GFLOP/s %5.1f %% %7.1f x  differs by %.0e\n", how, 1e3 * best,
                    operations_ / best / 1e9, 100 * operations_ / best / at_most_[all_threads], first_time_ / best,
                    difference / largest);
    }

    // All rungs gave the same result, and the last one took less time than the first.
    bool check() const {
        const bool same = report("is the same computation on every rung", good_);
        return report("is faster at the top than at the bottom", times_.back() < times_.front()) && same;
    }

private:
    static constexpr double tolerance = 1e-5;   // sums in another order are rounded otherwise

    bool report(const char* what, bool good) const {
        std::printf("CHECK %-10s %-44s %s\n", name_.c_str(), what, good ? "ok" : "FAILED");
        return good;
    }

    std::string name_;
    double operations_, at_most_[2], first_time_ = 0;
    std::vector<float> first_;
    std::vector<double> times_;
    bool good_ = true;
};
