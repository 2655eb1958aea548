#include <doctest/doctest.h>

#include <stepgpt/report/profile_table.hpp>

using namespace stepgpt;

TEST_CASE("profile table: the longest operation first, its speed, and its share of the machine's limit") {
    profile where;
    where.add("pass", 0.010, 0, 1e8);             // 10 GB/s
    where.add("product", 0.020, 1e9, 1e6);        // 50 GFLOP/s
    where.add("product", 0.020, 1e9, 1e6);
    where.add_block(0.030);
    where.add_block(0.030);
    CHECK(profile_table(where, {.operations = 100e9, .bytes = 20e9}) ==
          "a step                           calls        ms   share  GFLOP/s     GB/s  of limit\n"
          "product                            1.0    20.000   66.7%     50.0      0.1       50%\n"
          "pass                               0.5     5.000   16.7%      0.0     10.0       50%\n"
          "all else                                   5.000   16.7%\n"
          "together                                  30.000  100.0%                         42%\n"
          "this machine: 100.0 GFLOP/s, 20.0 GB/s, measured just now\n");
}

TEST_CASE("profile table: of nothing") {
    CHECK(profile_table(profile(), {.operations = 1, .bytes = 1}).find("together") != std::string::npos);
}
