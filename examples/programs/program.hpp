// What all programs share: --help and bad flags by CLI11, errors as one clear message, exit codes.
//
//     0  done
//     1  bad input: a file, a value
//     2  wrong usage: a flag that does not exist
//     3  training stopped, or its result could not be saved
#pragma once

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <new>
#include <string>

#include <stepgpt/core/error.hpp>

// Whole numbers are counts here, most of them unsigned: without this, -1 would be an enormous one.
inline void expect_counts(CLI::App& app) {
    const CLI::Validator no_minus([](const std::string& text) {
        return text.starts_with('-') ? "found " + text + ", wanted a whole number, 0 or above" : std::string();
    }, "");
    for (auto* const option : app.get_options())
        if (option->get_type_name() == "UINT" || option->get_type_name() == "INT") option->check(no_minus);
}

// Parses the command line, then runs body() -> exit code.
template <class Body>
int run_program(CLI::App& app, int argc, char** argv, Body&& body) {
    app.get_formatter()->column_width(36);
    expect_counts(app);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ConversionError& e) {
        std::fprintf(stderr, "%s: %s\n", app.get_name().c_str(), e.what());
        return 1;
    } catch (const CLI::ValidationError& e) {
        std::fprintf(stderr, "%s: %s\n", app.get_name().c_str(), e.what());
        return 1;
    } catch (const CLI::ParseError& e) {
        const int code = app.exit(e);
        return code == 0 ? 0 : 2;
    }
    try {
        return body();
    } catch (const stepgpt::error& e) {
        std::fprintf(stderr, "%s: %s\n", app.get_name().c_str(), e.what());
    } catch (const std::bad_alloc&) {
        std::fprintf(stderr, "%s: out of memory\n  -> take a smaller --batch-size, --block-size or model\n",
                     app.get_name().c_str());
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s: %s\n", app.get_name().c_str(), e.what());
    }
    return 1;
}
