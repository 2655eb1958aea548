#include <stepgpt/core/json_fields.hpp>

#include <doctest/doctest.h>

using namespace stepgpt;

namespace {

std::string message(auto&& action) {
    try {
        action();
    } catch (const error& e) {
        return e.what();
    }
    return "no error";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const json_fields fields(parse_json(R"({"n_layer": 12, "lr": 3e-4, "tied": true, "name": "gpt2", "minus": -1, "none": null,
                                        "float": 12.0, "text": "12", "large": 18446744073709551615, "list": [], "inner": {"a": 1}})",
                                    "x"), "x.json");

}  // namespace

TEST_CASE("fields have the types that are asked for") {
    CHECK(fields.get<std::size_t>("n_layer") == 12);
    CHECK(fields.get<int>("minus") == -1);
    CHECK(fields.get<double>("lr") == 3e-4);
    CHECK(fields.get<double>("n_layer") == 12);
    CHECK(fields.get<bool>("tied"));
    CHECK(fields.get<std::string>("name") == "gpt2");
    CHECK(fields.get<std::uint64_t>("large") == ~0ull);
    CHECK(fields.get<std::size_t>("absent", 7) == 7);
    CHECK(fields.get<std::size_t>("none", 7) == 7);
    CHECK(fields.object("inner").get<int>("a") == 1);
    CHECK(!fields.has("none"));
    CHECK(json_fields(json{{"made here", 3}}, "x").get<std::size_t>("made here") == 3);    // nlohmann calls it signed
}

TEST_CASE("fields of another type, and missing ones, are named") {
    CHECK(has(message([] { fields.get<std::size_t>("absent"); }), "x.json, 'absent': found no such field, wanted a whole"));
    CHECK(has(message([] { fields.get<std::size_t>("none"); }), "found null"));
    CHECK(has(message([] { fields.get<std::size_t>("float"); }), "found the number 12.0, wanted a whole number, 0 or more"));
    CHECK(has(message([] { fields.get<std::size_t>("text"); }), "found the text \"12\""));
    CHECK(has(message([] { fields.get<std::size_t>("minus"); }), "found the number -1"));
    CHECK(has(message([] { fields.get<std::int64_t>("large"); }), "wanted a whole number"));
    CHECK(has(message([] { fields.get<int>("large"); }), "18446744073709551615"));
    CHECK(has(message([] { fields.get<bool>("n_layer"); }), "wanted true or false"));
    CHECK(has(message([] { fields.get<double>("text"); }), "wanted a number"));
    CHECK(has(message([] { fields.get<std::string>("list"); }), "found an array, wanted a text"));
    CHECK(has(message([] { fields.get<std::size_t>("text", 1); }), "found the text"));       // there, but wrong
    CHECK(has(message([] { fields.object("list"); }), "wanted an object"));
    CHECK(has(message([] { json_fields(json::array(), "y.json"); }), "y.json: found an array, wanted an object"));
}
