#include <stepgpt/report/csv.hpp>

#include <cmath>
#include <limits>

#include "../allocations.hpp"
#include "../support.hpp"

using namespace stepgpt;

namespace {

const std::string header(run_log_header);

std::string message(auto&& action) {
    try {
        action();
    } catch (const error& e) {
        return e.what();
    }
    return "no error";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("run_log: rows come back bit for bit, and what was not measured stays unmeasured") {
    test::temporary_folder folder;
    const std::vector<run_row> rows = {
        {.step = 0, .tokens = 0, .val = 4.1649},
        {.step = 10, .tokens = 7680, .train = 1.0 / 3, .lr = 1e-4, .grad_norm = 0.91, .ms = 54.2},
        {.step = 20, .tokens = 15360, .train = 5e-324, .val = 1.7976931348623157e308, .lr = -0.0, .grad_norm = 1e-7,
         .update_ratio = 1.1e-3, .tokens_per_second = 14230.337, .ms = 54},
        {.step = std::numeric_limits<std::size_t>::max(), .tokens = 1, .train = HUGE_VAL, .val = -HUGE_VAL}};
    {
        run_log log(folder / "log.csv");
        for (const auto& row : rows) log.write(row);
        log.sync();
    }
    CHECK(read_run_log(folder / "log.csv") == rows);
    CHECK(has(test::read(folder / "log.csv"), header + "0,0,,4.1649,,,,,\n"
                                                       "10,7680,0.3333333333333333,,1e-04,0.91,,,54.2\n"));
}

TEST_CASE("run_log: a loss that is not a number is kept as such") {
    test::temporary_folder folder;
    run_log(folder / "log.csv").write({.step = 1, .train = std::nan("")});
    const auto rows = read_run_log(folder / "log.csv");
    REQUIRE(rows.size() == 1);
    REQUIRE(rows[0].train.has_value());
    CHECK(std::isnan(*rows[0].train));
}

TEST_CASE("run_log: each row is in the file as soon as it is written, and writing takes no memory") {
    test::temporary_folder folder;
    run_log log(folder / "log.csv");
    log.write({.step = 1, .train = 4.1});
    CHECK(read_run_log(folder / "log.csv").size() == 1);

    const auto before = test::allocations();
    for (std::size_t step = 2; step < 100; ++step)
        log.write({.step = step, .train = 1.0 / static_cast<double>(step), .ms = -1e-300 / 3});
    CHECK(test::allocations() == before);
    CHECK(read_run_log(folder / "log.csv").size() == 99);
}

TEST_CASE("run_log: a resumed run loses the rows it will write again") {
    test::temporary_folder folder;
    const auto path = folder / "log.csv";
    {
        run_log log(path);
        for (std::size_t step = 10; step <= 50; step += 10)
            log.write({.step = step, .train = static_cast<double>(step)});
    }
    run_log log(path, 30);
    CHECK(read_run_log(path).size() == 3);
    CHECK(has(message([&] { log.write({.step = 30}); }), "found 30 after 30, wanted steps that increase"));
    log.write({.step = 40, .train = 0.5});
    const auto rows = read_run_log(path);
    REQUIRE(rows.size() == 4);
    CHECK(rows[2].train == 30.0);
    CHECK(rows[3].train == 0.5);

    run_log from_the_start(path, 0);
    CHECK(read_run_log(path).empty());
    run_log after_a_loss(folder / "absent.csv", 30);
    after_a_loss.write({.step = 31});
    CHECK(read_run_log(folder / "absent.csv").size() == 1);
}

TEST_CASE("run_log: a killed run leaves whole rows, and the next one goes on behind them") {
    test::temporary_folder folder;
    const auto path = folder / "log.csv";
    const std::string by_a_power_cut(4096, '\0');
    for (const std::string& torn : {std::string("20,15"), std::string("20,1536,3.5,,,,,,"), by_a_power_cut}) {
        test::write(path, header + "10,7680,4.1,,,,,,\n" + torn);
        CHECK(read_run_log(path).size() == 1);
        run_log(path, 10).write({.step = 20});
        CHECK(test::read(path) == header + "10,7680,4.1,,,,,,\n20,0,,,,,,,\n");
    }
}

TEST_CASE("run_log: what stands behind the resumed step does not matter, what stands before it does") {
    test::temporary_folder folder;
    const auto path = folder / "log.csv";
    test::write(path, header + "10,1,,,,,,,\n30,2,,,,,,,\nnonsense\n");
    run_log(path, 20).write({.step = 30});
    CHECK(read_run_log(path).size() == 2);
    test::write(path, header + "10,1,,,,,,,\nnonsense\n30,2,,,,,,,\n");
    CHECK(has(message([&] { run_log(path, 20); }), "log.csv, line 3, 'step': found 'nonsense', wanted a whole number"));
}

TEST_CASE("read_run_log: a bad line is named") {
    test::temporary_folder folder;
    const auto path = folder / "log.csv";
    const auto reading = [&](const std::string& lines) {
        test::write(path, header + lines);
        return message([&] { read_run_log(path); });
    };
    CHECK(has(reading("1,2,,,,,,,\n2,3,four,,,,,,\n"), "line 3, 'train': found 'four', wanted a number, or nothing"));
    CHECK(has(reading("1,2,1.5x,,,,,,\n"), "line 2, 'train': found '1.5x'"));
    CHECK(has(reading("1,2,0x10,,,,,,\n"), "line 2, 'train': found '0x10'"));
    CHECK(has(reading("1,2,1e999,,,,,,\n"), "line 2, 'train': found '1e999'"));
    CHECK(has(reading("-1,2,,,,,,,\n"), "line 2, 'step': found '-1', wanted a whole number"));
    CHECK(has(reading("1,,,,,,,,\n"), "line 2, 'tokens': found ''"));
    CHECK(has(reading("99999999999999999999,2,,,,,,,\n"), "line 2, 'step': found '99999999999999999999'"));
    CHECK(has(reading("1,2,,,,\n"), "line 2, 'update_ratio': found a line of too few fields: 1,2,,,,"));
    CHECK(has(reading("1,2,,,,,,,,\n"), "line 2: found a line of more than 9 fields"));
    CHECK(has(reading("\n"), "line 2, 'step': found ''"));
    CHECK(has(reading("1,2,,,,,,,5\r\n"), "line 2, 'ms': found '5\\x0d'"));
    CHECK(has(reading("5,2,,,,,,,\n5,3,,,,,,,\n"), "line 3, 'step': found 5 after 5, wanted steps that increase"));

    test::write(path, "iter,loss\n1,2\n");
    CHECK(has(message([&] { read_run_log(path); }), "line 1: found 'iter,loss', wanted the columns step,tokens,train"));
    test::write(path, "");
    CHECK(has(message([&] { read_run_log(path); }), "line 1: found ''"));
    CHECK(has(message([&] { read_run_log(folder / "none.csv"); }), "No such file or directory"));
}

TEST_CASE("run_log: a full disk is told with the file's name") {
    test::temporary_folder folder;
    run_log log(folder / "log.csv");
    detail::file_fault = [](const detail::file_call& call) { return call.name == std::string("write") ? ENOSPC : 0; };
    const auto text = message([&] { log.write({.step = 1}); });
    detail::file_fault = nullptr;
    CHECK(has(text, "log.csv: found No space left on device (write)"));
}
