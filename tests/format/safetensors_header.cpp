// Every way in which a safetensors file can be wrong, made by hand.
#include <stepgpt/format/safetensors_header.hpp>

#include <sstream>

#include "../support.hpp"

using namespace stepgpt;
using namespace std::string_literals;

namespace {

// A file by hand: the header's length, its text, and so many bytes of data.
std::string with_length(std::uint64_t length, const std::string& rest) {
    std::string bytes(reinterpret_cast<const char*>(&length), 8);
    return bytes + rest;
}
std::string file(const std::string& header, std::size_t data = 0) {
    return with_length(header.size(), header + std::string(data, '\x01'));
}
// {"x": {fields}}
std::string entry(const std::string& fields, std::size_t data = 0) { return file("{\"x\":{" + fields + "}}", data); }
// One F32 tensor x of this shape and these offsets.
std::string shaped(const std::string& shape, const std::string& offsets, std::size_t data = 0) {
    return entry("\"dtype\":\"F32\",\"shape\":" + shape + ",\"data_offsets\":" + offsets, data);
}
// One tensor x of this dtype, with so many elements and bytes.
std::string numbers(const std::string& type, int count, int bytes) {
    return entry("\"dtype\":\"" + type + "\",\"shape\":[" + std::to_string(count) + "],\"data_offsets\":[0," +
                     std::to_string(bytes) + "]", static_cast<std::size_t>(bytes));
}
// U8 tensors, by name and offsets.
std::string placed(std::initializer_list<std::pair<std::string, std::pair<int, int>>> tensors, std::size_t data) {
    std::ostringstream header;
    for (const auto& [name, range] : tensors)
        header << (header.tellp() ? "," : "{") << '"' << name << "\":{\"dtype\":\"U8\",\"shape\":["
               << range.second - range.first << "],\"data_offsets\":[" << range.first << ',' << range.second << "]}";
    return file(header.str() + "}", data);
}

std::string verdict(const std::string& bytes) {
    try {
        parse_safetensors(std::as_bytes(std::span(bytes)), "x.safetensors");
    } catch (const error& e) {
        return e.what();
    }
    return "accepted";
}

std::string repeated(const std::string& text, int times) {
    std::string all;
    while (times-- > 0) all += text;
    return all;
}
std::string thousand_on_one_range() {
    std::string header = "{";
    for (int i = 0; i < 1000; ++i)
        header += "\"" + std::to_string(i) + "\":{\"dtype\":\"U8\",\"shape\":[9],\"data_offsets\":[0,9]},";
    header.back() = '}';
    return file(header, 9);
}

const std::string good = shaped("[2,3]", "[0,24]", 24);

}  // namespace

TEST_CASE("a file by hand is read") {
    CHECK(verdict(good) == "accepted");
    CHECK(verdict(file("{}")) == "accepted");
    CHECK(verdict(file("{\"__metadata__\":{}}")) == "accepted");
    CHECK(verdict(file("  {}\t\n ")) == "accepted");
    CHECK(verdict(shaped("[]", "[0,4]", 4)) == "accepted");                  // a single number
    CHECK(verdict(shaped("[0,7]", "[0,0]")) == "accepted");                  // nothing
    CHECK(verdict(shaped("[1,1,1,1,1,1,1,2]", "[0,8]", 8)) == "accepted");
    CHECK(verdict(placed({{"b", {4, 9}}, {"a", {0, 4}}, {"", {9, 9}}}, 9)) == "accepted");
    CHECK(verdict(numbers("F4", 2, 1)) == "accepted");
    CHECK(verdict(file("{\"a\\u0000\\u001b[31m/../b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1)) ==
          "accepted");                                                       // a name is data, never a path
}

TEST_CASE("malformed files are refused, each for its reason") {
    struct malformed {
        const char* name;
        std::string bytes;
        const char* reason;
    };
    const std::string f32 = "\"dtype\":\"F32\"", two = "\"shape\":[2]", eight = "\"data_offsets\":[0,8]";
    const auto x = [](const std::string& value) { return file("{\"x\":" + value + "}", 8); };
    const auto meta = [](const std::string& value) { return file("{\"__metadata__\":" + value + "}"); };
    const char* const json = "InvalidHeaderDeserialization";
    const std::string nul(1, '\0');

    const std::vector<malformed> cases{
        // the length of the header
        {"empty", "", "HeaderTooSmall: a file of 0 bytes, wanted at least 8"},
        {"one byte", "\x02", "HeaderTooSmall"},
        {"seven bytes", std::string(7, '\0'), "HeaderTooSmall: a file of 7 bytes"},
        {"length zero, no header", with_length(0, ""), json},
        {"length one past the end", with_length(3, "{}"), "InvalidHeaderLength: a header of 3 bytes in a file of 10"},
        {"length one short", with_length(1, "{}"), json},
        {"length at the limit, file short", with_length(100'000'000, "{}"), "InvalidHeaderLength"},
        {"length over the limit", with_length(100'000'001, "{}"), "HeaderTooLarge: a header of 100000001 bytes"},
        {"length all ones", with_length(~0ull, "{}"), "HeaderTooLarge"},
        {"length wraps with 8 added", with_length(~0ull - 7, "{}"), "HeaderTooLarge"},
        {"length with the sign bit", with_length(1ull << 63, "{}"), "HeaderTooLarge"},
        {"length big-endian", with_length(0x0200000000000000, "{}"), "HeaderTooLarge"},
        {"length only", with_length(2, ""), "InvalidHeaderLength"},
        {"length includes itself", with_length(10, "{}"), "InvalidHeaderLength"},
        // other files
        {"git-lfs pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 5481\n", "git lfs pull"},
        {"HTML page", "<!DOCTYPE html><html><body>404</body></html>", "ForeignFormat: an HTML page"},
        {"HTML page, lower case", "<!doctype html><html>", "ForeignFormat: an HTML page"},
        {"HTML page, no doctype", "<html><head></head></html>", "ForeignFormat: an HTML page"},
        {"zip, as torch.save", "PK\x03\x04\x14\0\0\0\x08\0archive/data.pkl"s, "ForeignFormat: a zip archive"},
        {"pickle protocol 2", "\x80\x02\x8a\x0al\xfc\x9c\x46\xf9\x20\x6a\xa8", "ForeignFormat: a Python pickle"},
        {"pickle protocol 4", "\x80\x04\x95\x20\0\0\0\0\0\0\0}\x94."s, "a pickle may run any program"},
        {"GGUF", "GGUF\x03\0\0\0\x10\0\0\0\0\0\0\0"s, "ForeignFormat: a GGUF file"},
        {"HDF5", "\x89HDF\r\n\x1a\n0000", "ForeignFormat: an HDF5 file"},
        {"gzip", "\x1f\x8b\x08\0\0\0\0\0\0\x03\0\0"s, "ForeignFormat: a gzip archive"},
        {"NumPy", "\x93NUMPY\x01\0v\0{'descr'"s, "ForeignFormat: a NumPy array"},
        {"JSON text", "{\"metadata\":{\"total_size\":4}}", "ForeignFormat: a JSON text"},
        {"llm.c", "\xc6\xd7\x34\x01\x03\0\0\0\0\x04\0\0"s, "ForeignFormat: an llm.c checkpoint"},
        {"random bytes", "\x9e\x37\x79\xb9\x7f\x4a\x7c\x15\xf3\x9c", "HeaderTooLarge"},
        // the text
        {"header empty", file(""), json},
        {"header blank", file("    "), json},
        {"header of NULs", file(std::string(8, '\0')), "InvalidHeaderDeserialization: a NUL byte"},
        {"header cut", file("{\"x\":"), json},
        {"byte order mark", file("\xef\xbb\xbf{}"), "InvalidHeader: a byte order mark"},
        {"UTF-16", file("{\0}\0"s), "InvalidHeaderDeserialization: a NUL byte"},
        {"NUL after the end", file("{}" + nul), "a NUL byte"},
        {"padding with NULs", file("{}" + std::string(6, '\0')), "a NUL byte"},
        {"garbage after the end", file("{}x"), json},
        {"two roots", file("{}{}"), json},
        {"root an array", file("[]"), "InvalidHeaderDeserialization: an array"},
        {"root a number", file("7"), "the number 7"},
        {"root a text", file("\"x\""), "the text 'x'"},
        {"root null", file("null"), "InvalidHeaderDeserialization: null"},
        {"root true", file("true"), "true or false"},
        {"trailing comma", file("{\"__metadata__\":{},}"), json},
        {"missing colon", file("{\"x\" 1}"), json},
        {"comment", file("{/* c */}"), json},
        {"line comment", file("{} // c"), json},
        {"single quotes", file("{'x':1}"), json},
        {"key without quotes", file("{x:1}"), json},
        {"key a number", file("{1:1}"), json},
        {"vertical tab for a space", file("{\v}"), json},
        {"no-break space for a space", file("{\xc2\xa0}"), json},
        {"lone high surrogate", file("{\"\\ud800\":1}"), json},
        {"lone low surrogate", file("{\"\\udc00\":1}"), json},
        {"high surrogate, then a letter", file("{\"\\ud800a\":1}"), json},
        {"bad escape", file("{\"\\x41\":1}"), json},
        {"short escape", file("{\"\\u12\":1}"), json},
        {"control byte in a name", file("{\"a\nb\":1}"), json},
        {"continuation byte alone", file("{\"\x80\":1}"), "InvalidHeader: "},
        {"overlong UTF-8", file("{\"\xc0\xaf\":1}"), "InvalidHeader: "},
        {"surrogate in UTF-8", file("{\"\xed\xa0\x80\":1}"), "InvalidHeader: "},
        {"past U+10FFFF", file("{\"\xf4\x90\x80\x80\":1}"), "InvalidHeader: "},
        {"UTF-8 cut", file("{\"\xe2\x82\":1}"), "InvalidHeader: "},
        {"byte ff outside a text", file("{\xff}"), json},
        {"a million levels of arrays", file("{\"x\":" + std::string(1'000'000, '[')), json},
        {"a million levels of objects", file("{\"x\":" + std::string(1'000'000, '{')), json},
        {"deep nesting in metadata", meta("{\"a\":" + std::string(100'000, '[')), "MetadataNotString: an array"},
        // metadata
        {"metadata null", meta("null"), "null"},
        {"metadata an array", meta("[]"), "an array"},
        {"metadata a text", meta("\"pt\""), "the text 'pt'"},
        {"metadata value a number", meta("{\"a\":1}"), "MetadataNotString: the number 1, wanted a text"},
        {"metadata value negative", meta("{\"a\":-1}"), "MetadataNotString"},
        {"metadata value a float", meta("{\"a\":1.5}"), "MetadataNotString"},
        {"metadata value null", meta("{\"a\":null}"), "MetadataNotString: null"},
        {"metadata value true", meta("{\"a\":true}"), "MetadataNotString"},
        {"metadata value an object", meta("{\"a\":{}}"), "MetadataNotString: an object"},
        {"metadata key twice", meta("{\"a\":\"1\",\"a\":\"2\"}"), "DuplicateKey: metadata 'a' twice"},
        {"metadata key twice, escaped", meta("{\"a\":\"1\",\"\\u0061\":\"2\"}"), "DuplicateKey"},
        {"metadata twice", file("{\"__metadata__\":{},\"__metadata__\":{}}"), "DuplicateKey: __metadata__ twice"},
        {"metadata like a tensor", meta("{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}"), "MetadataNot"},
        // an entry's form
        {"entry null", x("null"), "'x': found InvalidHeaderDeserialization: null"},
        {"entry a number", x("1"), "'x'"},
        {"entry an array", x("[]"), "an array"},
        {"entry a text", x("\"F32\""), "the text 'F32'"},
        {"entry empty", entry(""), "InvalidHeaderDeserialization: no dtype"},
        {"no dtype", entry(two + "," + eight, 8), "'x': found InvalidHeaderDeserialization: no dtype"},
        {"no shape", entry(f32 + "," + eight, 8), "no shape"},
        {"no offsets", entry(f32 + "," + two, 8), "no data_offsets"},
        {"unknown field", entry(f32 + "," + two + "," + eight + ",\"strides\":[1]", 8), "UnknownField: 'strides'"},
        {"field in capitals", entry("\"Dtype\":\"F32\"," + two + "," + eight, 8), "UnknownField: 'Dtype'"},
        {"dtype twice", entry(f32 + "," + f32 + "," + two + "," + eight, 8), "DuplicateKey: 'dtype' twice"},
        {"dtype twice, escaped", entry(f32 + ",\"d\\u0074ype\":\"F32\"," + two + "," + eight, 8), "DuplicateKey"},
        {"shape twice", entry(f32 + "," + two + "," + two + "," + eight, 8), "DuplicateKey: 'shape' twice"},
        {"offsets twice", entry(f32 + "," + two + "," + eight + "," + eight, 8), "DuplicateKey: 'data_offsets' twice"},
        {"name twice", placed({{"x", {0, 4}}, {"x", {4, 8}}}, 8), "'x': found DuplicateKey: two tensors of this name"},
        {"name twice, escaped", placed({{"x", {0, 4}}, {"\\u0078", {4, 8}}}, 8), "DuplicateKey"},
        {"name twice, both empty ranges", placed({{"x", {0, 0}}, {"y", {0, 4}}, {"x", {4, 4}}}, 4), "DuplicateKey"},
        {"the empty name twice", placed({{"", {0, 4}}, {"", {4, 8}}}, 8), "DuplicateKey"},
        // dtype
        {"dtype unknown", entry("\"dtype\":\"F128\"," + two + "," + eight, 8), "the unknown dtype 'F128'"},
        {"dtype in lower case", entry("\"dtype\":\"f32\"," + two + "," + eight, 8), "the unknown dtype 'f32'"},
        {"dtype by its torch name", entry("\"dtype\":\"float32\"," + two + "," + eight, 8), "unknown dtype 'float32'"},
        {"dtype empty", entry("\"dtype\":\"\"," + two + "," + eight, 8), "the unknown dtype ''"},
        {"dtype with a NUL", entry("\"dtype\":\"F32\\u0000\"," + two + "," + eight, 8), "the unknown dtype 'F32\\x00'"},
        {"dtype a number", entry("\"dtype\":32," + two + "," + eight, 8), "the number 32"},
        {"dtype null", entry("\"dtype\":null," + two + "," + eight, 8), "null"},
        {"dtype an array", entry("\"dtype\":[\"F32\"]," + two + "," + eight, 8), "an array"},
        {"dtype an object", entry("\"dtype\":{}," + two + "," + eight, 8), "an object"},
        // shape
        {"shape a number", shaped("2", "[0,8]", 8), "the number 2"},
        {"shape a text", shaped("\"2\"", "[0,8]", 8), "the text '2'"},
        {"shape null", shaped("null", "[0,8]", 8), "null"},
        {"shape an object", shaped("{}", "[0,8]", 8), "an object"},
        {"extent negative", shaped("[-2]", "[0,8]", 8), "the negative number -2"},
        {"extent minus zero", shaped("[-0]", "[0,0]"), "the negative number"},
        {"extent a float", shaped("[2.0]", "[0,8]", 8), "the number 2.0"},
        {"extent with an exponent", shaped("[2e0]", "[0,8]", 8), "the number 2e0"},
        {"extent a text", shaped("[\"2\"]", "[0,8]", 8), "the text '2'"},
        {"extent null", shaped("[null]", "[0,8]", 8), "null"},
        {"extent true", shaped("[true]", "[0,8]", 8), "true or false"},
        {"extent nested", shaped("[[2]]", "[0,8]", 8), "an array"},
        {"extent with a leading zero", shaped("[02]", "[0,8]", 8), json},
        {"extent with a plus", shaped("[+2]", "[0,8]", 8), json},
        {"extent hexadecimal", shaped("[0x2]", "[0,8]", 8), json},
        {"extent NaN", shaped("[NaN]", "[0,8]", 8), json},
        {"extent infinite", shaped("[1e400]", "[0,8]", 8), json},
        {"extent of 65 bits", shaped("[18446744073709551616]", "[0,8]", 8), "the number 18446744073709551616"},
        {"extent of 64 bits", shaped("[18446744073709551615]", "[0,8]", 8), "ValidationOverflow"},
        {"extents wrap to zero", shaped("[4294967296,4294967296]", "[0,0]"), "ValidationOverflow"},
        {"extents wrap to what is there", shaped("[9223372036854775809,2]", "[0,8]", 8), "ValidationOverflow"},
        {"extents wrap before a zero", shaped("[4294967296,4294967296,0]", "[0,0]"), "ValidationOverflow"},
        {"bits wrap", shaped("[576460752303423490]", "[0,8]", 8), "ValidationOverflow"},
        {"bytes wrap to zero", shaped("[4611686018427387904]", "[0,0]"), "ValidationOverflow"},
        {"nine dimensions", shaped("[1,1,1,1,1,1,1,1,2]", "[0,8]", 8), "'x': found RankLimit: more than 8 dimensions"},
        {"a million dimensions", shaped("[1" + repeated(",1", 1'000'000) + "]", "[0,4]", 4), "RankLimit"},
        {"trailing comma in shape", shaped("[2,]", "[0,8]", 8), json},
        {"sub-byte numbers, half a byte", numbers("F4", 3, 2), "MisalignedSlice: 12 bits"},
        {"sub-byte numbers, 6 bits", numbers("F6_E2M3", 1, 1), "MisalignedSlice: 6 bits"},
        // offsets
        {"offsets a number", shaped("[2]", "8", 8), "the number 8"},
        {"offsets a text", shaped("[2]", "\"0,8\"", 8), "the text '0,8'"},
        {"offsets null", shaped("[2]", "null", 8), "null"},
        {"offsets an object", shaped("[2]", "{}", 8), "an object"},
        {"no offset", shaped("[2]", "[]", 8), "fewer than two data_offsets"},
        {"one offset", shaped("[2]", "[0]", 8), "fewer than two data_offsets"},
        {"three offsets", shaped("[2]", "[0,8,8]", 8), "more than two data_offsets"},
        {"offset negative", shaped("[2]", "[-8,0]", 8), "the negative number -8"},
        {"offset a float", shaped("[2]", "[0,8.0]", 8), "the number 8.0"},
        {"offset a text", shaped("[2]", "[\"0\",8]", 8), "the text '0'"},
        {"offset null", shaped("[2]", "[null,8]", 8), "null"},
        {"offset nested", shaped("[2]", "[[0,8]]", 8), "an array"},
        {"offset with a leading zero", shaped("[2]", "[00,8]", 8), json},
        {"offset of 65 bits", shaped("[2]", "[0,18446744073709551616]", 8), "the number 18446744073709551616"},
        {"offsets reversed", shaped("[2]", "[8,0]", 8), "'x': found InvalidOffset: data from byte 8 to 0"},
        {"offsets wrap", shaped("[2]", "[18446744073709551608,0]", 8), "InvalidOffset"},
        {"range shorter than the shape", shaped("[2]", "[0,7]", 7), "TensorInvalidInfo: data from byte 0 to 7"},
        {"range longer than the shape", shaped("[2]", "[0,9]", 9), "TensorInvalidInfo"},
        {"range for another dtype", shaped("[2]", "[0,16]", 16), "wanted 8 bytes for F32 (2)"},
        {"range empty, shape not", shaped("[2]", "[0,0]"), "TensorInvalidInfo"},
        {"shape empty, range not", shaped("[0]", "[0,4]", 4), "TensorInvalidInfo"},
        {"range past the end", shaped("[2]", "[0,8]", 7), "MetadataIncompleteBuffer: 7 bytes of data, wanted 8"},
        {"range far past the end", shaped("[268435456]", "[0,1073741824]", 8), "MetadataIncompleteBuffer"},
        {"hole at the start", shaped("[2]", "[8,16]", 16), "'x': found InvalidOffset: data from byte 8, wanted from"},
        {"hole of one byte at the start", shaped("[2]", "[1,9]", 9), "InvalidOffset"},
        {"hole between two", placed({{"a", {0, 4}}, {"b", {5, 8}}}, 8), "'b': found InvalidOffset: data from byte 5"},
        {"overlap by a byte", placed({{"a", {0, 4}}, {"b", {3, 8}}}, 8), "'b': found InvalidOffset"},
        {"one inside the other", placed({{"a", {0, 8}}, {"b", {2, 4}}}, 8), "'b': found InvalidOffset"},
        {"two on one range", placed({{"a", {0, 8}}, {"b", {0, 8}}}, 8), "InvalidOffset"},
        {"a thousand on one range", thousand_on_one_range(), "InvalidOffset"},
        {"empty one past the end", placed({{"a", {0, 4}}, {"b", {5, 5}}}, 4), "'b': found InvalidOffset"},
        {"byte after the data", shaped("[2]", "[0,8]", 9), "MetadataIncompleteBuffer: 9 bytes of data, wanted 8"},
        {"zip after the data", shaped("[2]", "[0,8]", 8) + "PK\x05\x06" + repeated("\1", 18), "MetadataIncomplete"},
        {"data, but no tensor", file("{}", 1), "MetadataIncompleteBuffer: 1 bytes of data, wanted 0"},
        {"tensor, but no data", shaped("[2]", "[0,8]"), "MetadataIncompleteBuffer: 0 bytes of data"},
    };
    MESSAGE(cases.size(), " malformed files");
    CHECK(cases.size() >= 150);
    for (const auto& one : cases) {
        const auto text = verdict(one.bytes);
        CAPTURE(one.name);
        CAPTURE(text);
        CHECK(text.starts_with("x.safetensors, byte "));
        CHECK(text.find(one.reason) != std::string::npos);
        CHECK(text.size() <= 500);
    }
}
