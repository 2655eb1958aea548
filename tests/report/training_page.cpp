#include <stepgpt/report/training_page.hpp>

#include <doctest/doctest.h>
#include <stepgpt/report/html.hpp>

using namespace stepgpt;

TEST_CASE("training_page: what a run tells of its steps, and nothing of the model's inside") {
    run_report run{.title = "Tales", .facts = {{"device", "cpu"}}, .rows = {{.step = 1, .train = 4.2}, {.step = 2, .train = 3.9}}};
    run.samples = {{2, "Once upon a time"}};
    const std::string page = training_page(run);
    CHECK(page.find("id='loss'") != std::string::npos);
    CHECK(page.find("Once upon a time") != std::string::npos);
    CHECK(page == report_page(run));

    run.durations = {{"forward", 15}};
    CHECK(page == training_page(run));
    CHECK(page != report_page(run));
}
