#include <doctest/doctest.h>

#include <stepgpt/text/read.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "../support.hpp"

using namespace stepgpt;

static std::string message_of(const std::filesystem::path& path, utf8_policy policy = utf8_policy::strict) {
    try {
        read_text(path, policy);
    } catch (const error& e) {
        return e.what();
    }
    return "no error";
}

static bool says(const std::string& message, const std::string& words) {
    return message.find(words) != std::string::npos;
}

TEST_CASE("read: a text file is its bytes, without the byte order mark") {
    const test::temporary_folder folder;
    test::write(folder / "plain.txt", "Once upon a time\r\nthere was");
    CHECK(read_text(folder / "plain.txt").text == "Once upon a time\r\nthere was");
    CHECK(read_text(folder / "plain.txt").source == (folder / "plain.txt").string());

    test::write(folder / "nul.txt", std::string("a\0b", 3));
    CHECK(read_text(folder / "nul.txt").text == std::string("a\0b", 3));

    test::write(folder / "mark.txt", "\xEF\xBB\xBF\xEF\xBB\xBFtext");
    CHECK(read_text(folder / "mark.txt").text == "\uFEFFtext");   // once: the second one is a character of the text
}

TEST_CASE("read: three answers to bytes that are not UTF-8") {
    const test::temporary_folder folder;
    test::write(folder / "latin.txt", "\xEF\xBB\xBF" "caf\xE9 noir, caf\xE9 au lait");
    const std::string message = message_of(folder / "latin.txt");
    CHECK(says(message, "byte 6"));
    CHECK(says(message, "iconv"));

    CHECK(read_text(folder / "latin.txt", utf8_policy::replace).text == "caf\uFFFD noir, caf\uFFFD au lait");
    CHECK(read_text(folder / "latin.txt", utf8_policy::bytes).text == "caf\xE9 noir, caf\xE9 au lait");

    const plain_text reading = decode_plain_text("\xEF\xBB\xBF" "caf\xE9\xE9", utf8_policy::replace, "memory");
    CHECK(reading.byte_order_mark);
    CHECK(reading.replacements == 2);
    CHECK(reading.first_replacement == 6);
}

TEST_CASE("read: what is no text says so") {
    const test::temporary_folder folder;
    CHECK(says(message_of(folder / "absent.txt"), "No such file"));
    CHECK(says(message_of(folder.path()), "a folder was given"));

    test::write(folder / "empty.txt", "");
    CHECK(says(message_of(folder / "empty.txt"), "an empty file"));
    test::write(folder / "blank.txt", " \n\t\r\n ");
    CHECK(says(message_of(folder / "blank.txt"), "kept 0 of 6 bytes"));
    CHECK(says(message_of(folder / "blank.txt", utf8_policy::bytes), "only blanks"));
    test::write(folder / "mark.txt", "\xEF\xBB\xBF");
    CHECK(says(message_of(folder / "mark.txt"), "kept 0 of 3 bytes"));

    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    CHECK(says(message_of(folder / "pipe"), "a pipe"));                 // and does not wait for a writer

    test::write(folder / "secret.txt", "text");
    std::filesystem::permissions(folder / "secret.txt", std::filesystem::perms::none);
    if (::geteuid() != 0) CHECK(says(message_of(folder / "secret.txt"), "Permission denied"));
}
