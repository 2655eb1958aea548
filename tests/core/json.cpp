#include <stepgpt/core/json.hpp>

#include "../support.hpp"

using namespace stepgpt;

namespace {

std::string refusal(const std::string& text) {
    try {
        parse_json(text, "x.json");
    } catch (const error& e) {
        return e.what();
    }
    return "accepted";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("JSON gives its values") {
    const json value =
        parse_json(R"({"n_layer": 12, "lr": 3e-4, "tied": true, "names": ["\u00e9\ud83d\ude00", null], "": {}})", "x");
    CHECK(value.at("n_layer").get<int>() == 12);
    CHECK(value.at("names").at(0).get<std::string>() == "\u00e9\U0001F600");
    CHECK(value.at("n_layer").is_number_unsigned());
    CHECK(!parse_json("12.0", "x").is_number_integer());
    CHECK(parse_json(" \r\n\t1 ", "x") == 1);
    CHECK(parse_json("\xef\xbb\xbf{}", "x").is_object());        // what editors put in front
    CHECK(parse_json(std::string(64, '[') + std::string(64, ']'), "x").is_array());
    test::temporary_folder folder;
    write_file(folder / "x.json", "{\"a\": [1, 2]}");
    CHECK(read_json(folder / "x.json").at("a").size() == 2);
    CHECK_THROWS_AS(read_json(folder / "x.json", 12), error);
}

// RFC 8259's grammar from outside, the cases of https://github.com/nst/JSONTestSuite that readers differ on, and ours.
TEST_CASE("what is not JSON is refused") {
    using namespace std::string_literals;
    for (const auto& text : {
             ""s, " "s, "nul"s, "True"s, "NaN"s, "Infinity"s, "-Infinity"s, "-"s, "+1"s, "01"s, "-01"s,
             "1."s, ".5"s, "1e"s, "0x1"s, "1e400"s, "1 2"s, "{}{}"s, "[] x"s, "[1,]"s, "[,1]"s, "[1 2]"s,
             "[1"s, "1]"s, "[1}"s, "{\"a\":1,}"s, "{\"a\" 1}"s, "{\"a\":}"s, "{a:1}"s, "{'a':1}"s, "{1:1}"s,
             "{\"a\":1"s, "{\"a\":1 \"b\":2}"s, "{,}"s, "// c\n1"s, "/* c */ 1"s, "# c\n1"s, "\"a"s,
             "\"\\x\""s, "\"\\u12\""s, "\"\\ud800\""s, "\"\\ud800\\u0041\""s, "\"\\udc00\""s, "\"\t\""s,
             "\"\n\""s, "\"\x1f\""s, "\"\x80\""s, "\"\xc0\xaf\""s, "\"\xed\xa0\x80\""s,
             "\"\xf4\x90\x80\x80\""s, "\"\xe2\x82\""s, "\xff\xfe{\0}\0"s, "{}\0"s, "{}\0garbage"s, "\0{}"s,
             "\"\0\""s, "\xef\xbb{}"s, "\f1"s, "\v1"s, "\xc2\xa0{}"s, "[\"a\0b\"]"s, "[1]\x01"s,
         }) {
        CAPTURE(text);
        CHECK(refusal(text) != "accepted");
    }
}

TEST_CASE("refusals name the line, the byte and the reason") {
    CHECK(has(refusal("{\n  \"n_layer\": 01\n}"), "x.json, line 2, byte 16"));
    CHECK(has(refusal("{\"a\": 1, \"\\u0061\": 2}"), "byte 16, 'a': found a key twice in one object"));
    CHECK(refusal("{\"a\": {\"a\": 1}, \"b\": [{\"a\": 1}, {\"a\": 2}]}") == "accepted");   // not in one object
    CHECK(has(refusal(std::string(65, '[') + std::string(65, ']')), "byte 64: found more than 64 levels"));
    CHECK(has(refusal(std::string(1'000'000, '[')), "more than 64 levels"));
    CHECK(has(refusal("{}" + std::string(1, '\0')), "byte 2: found a NUL byte"));
    CHECK(has(refusal("[1e400]"), "number overflow parsing '1e400'"));
}

TEST_CASE("json_object: named values of any kind, in a list") {
    const json object = json_object({{"steps", 300}, {"rate", 0.5}, {"tied", true}, {"name", "tiny"}, {"end", nullptr},
                                     {"shape", json::array({2, 3})}, {"inner", json_object({{"x", 1}})}});
    CHECK(object == parse_json(R"({"steps":300,"rate":0.5,"tied":true,"name":"tiny","end":null,"shape":[2,3],"inner":{"x":1}})",
                               "here"));
    CHECK(json_object({}).dump() == "{}");
}
