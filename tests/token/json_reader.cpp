#include <stepgpt/token/json_reader.hpp>

#include <nlohmann/json.hpp>

#include "support.hpp"

using namespace stepgpt;

namespace {

// What skip() and end() say about a whole text.
std::string verdict(std::string_view text) {
    return test::message([&] {
        json_reader in(text, "file");
        in.skip();
        in.end();
    });
}

}  // namespace

TEST_CASE("values are pulled one after the other") {
    json_reader in(R"( {"name": "fox\n\u00e9\ud83d\ude00", "ids": [0, -1, 9223372036854775807], "on": true, "off": null} )", "f");
    std::string name;
    std::vector<std::int64_t> ids;
    in.object([&](const std::string& key) {
        if (key == "name") name = in.string();
        else if (key == "ids") in.array([&] { ids.push_back(in.integer()); });
        else if (key == "on") CHECK(in.boolean());
        else CHECK(in.null());
    });
    in.end();
    CHECK(name == "fox\né😀");
    CHECK(ids == std::vector<std::int64_t>{0, -1, 9223372036854775807});
}

TEST_CASE("what is no JSON is refused, with line and byte") {
    CHECK(verdict("[1,\n 2,\n x]") == "file, line 3, byte 9: found 'x]', wanted a value");
    CHECK(verdict("{\"a\": 1,\n\"a\": 2}") == "file, line 2, byte 9: found the key 'a' again, wanted every key once");
    for (const char* text : {"", " ", "{", "[", "[1", "[1,", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:1}", "01", "-",
                             "1.", ".5", "1e", "+1", "NaN", "Infinity", "nul", "True", "\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"",
                             "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\n\"", "\"\t\"", "[1] 2", "[1]]", "// c\n1",
                             "[1 2]", "{\"a\" 1}", "\"\xff\"", "\xEF\xBB\xBF[]", "'a'"})
        CHECK_MESSAGE(verdict(text) != "no error", text);
    CHECK(verdict(std::string("[]\0", 3)) != "no error");
    CHECK(test::has(verdict(std::string(65, '[') + std::string(65, ']')), "nested more than 64 deep"));
    CHECK(verdict(std::string(64, '[') + std::string(64, ']')) == "no error");
    CHECK(test::has(verdict(std::string(1000000, '[')), "nested more than 64 deep"));
}

TEST_CASE("a whole number is one that fits, written as one") {
    const auto read = [](std::string_view text) { return test::message([&] { json_reader(text, "f").integer(); }); };
    CHECK(read("-12") == "no error");
    CHECK(read("0") == "no error");
    for (const char* text : {"12.0", "1e3", "\"12\"", "null", "9223372036854775808", "-", "--1", "1e400"}) CHECK(read(text) != "no error");
}

TEST_CASE("nlohmann/json accepts and refuses the same texts") {
    const std::vector<std::string> parts = {"{", "}", "[", "]", ",", ":", "\"", "\"a\"", "\"b\":", "1", "-0", "0.5e-3", "\\",
                                            "\\u00e9", "\\ud83d\\ude00", "true", "false", "null", " ", "\n", "é", "\x01", "00"};
    const std::vector<std::string> seeds = {R"({"a":[1,2,{"b":"c"}],"d":null})", R"([true,false,"x\ny",-1.5e+3])"};
    int accepted = 0;
    for (std::uint32_t n = 0; n < 20000; ++n) {
        std::string text = n % 2 ? seeds[n / 2 % 2] : test::random_text(n, 8, parts);
        if (n % 2) text.replace(n % text.size(), n / 7 % 3, parts[n / 3 % parts.size()]);
        const std::string told = verdict(text);
        if (test::has(told, "again")) continue;   // a key twice: nlohmann keeps the last
        const bool good = told == "no error";
        REQUIRE_MESSAGE(good == nlohmann::json::accept(text), text);
        accepted += good;
    }
    CHECK(accepted > 500);
}
