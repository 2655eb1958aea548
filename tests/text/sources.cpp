#include <doctest/doctest.h>

#include <stepgpt/text/sources.hpp>

#include <filesystem>

#include "../support.hpp"
#include "reading.hpp"

using namespace stepgpt;

TEST_CASE("kind: content first, the name where it leaves a doubt") {
    const auto is = [](const std::string& head, const std::string& name) { return kind_of(head, name).is; };
    CHECK(is("<!DOCTYPE html><html><body>x", "page.php") == text_format::html);
    CHECK(is("  <html>", "x.txt") == text_format::html);
    CHECK(is("<p>bit of a page</p>", "x.htm") == text_format::html);
    CHECK(is("<3 is a heart", "x.txt") == text_format::plain);
    CHECK(is("{\"a\":1}\n{\"a\":2}\n", "export.txt") == text_format::json_lines);
    CHECK(is("{\"a\":1}\n", "x") == text_format::json);
    CHECK(is("[\n {\"a\":1},\n {\"a\"", "x") == text_format::json);
    CHECK(is("[Chapter One]\nIt was a dark night.", "x") == text_format::plain);
    CHECK(is("{broken", "x.json") == text_format::json);
    CHECK(is("a,b\n1,2\n", "x.csv") == text_format::table);
    CHECK(is("a\tb\n1\t2\n1\t2\n1\t2\n1\t2\n", "x") == text_format::table);
    CHECK(is("Yes, well, no.\nYes, well, no.\n", "x.txt") == text_format::plain);
    CHECK(is("# Title\n\ntext\n\n## Part\n[link](x)\n", "README") == text_format::markdown);
    CHECK(is("text", "notes.md") == text_format::markdown);
    CHECK(is("#!/bin/sh\n# comment\n# comment\necho\n", "run") == text_format::plain);
    CHECK(kind_of("one\n%\ntwo\n%\n", "fortunes").separators == test::texts{"%"});
    CHECK(kind_of("one\n<|endoftext|>\ntwo\n", "stories.txt").separators == test::texts{"<|endoftext|>"});
    CHECK(kind_of("", "").is == text_format::plain);
}

TEST_CASE("sources: a folder of mixed files, files first, in the order of their names") {
    const test::temporary_folder folder;
    std::filesystem::create_directories(folder / "b/inner");
    std::filesystem::create_directories(folder / ".hidden");
    test::write(folder / "a.txt", "plain caf\xE9");
    test::write(folder / "b/inner/data.jsonl", "{\"text\":\"a row\"}\n{broken\n");
    test::write(folder / "b/notes.md", "# Notes\n\n*text*\n");
    test::write(folder / "c.csv", "id,text\n1,from a table\n");
    test::write(folder / "d.bin", std::string("\x7F" "ELF\0\0\0\0", 8));
    test::write(folder / "e.txt", "");
    test::write(folder / ".hidden/x.txt", "hidden");
    test::write(folder / "u16.txt", std::string("\xFF\xFEh\0i\0", 6));
    std::filesystem::create_symlink(folder / "a.txt", folder / "link.txt");

    test::collected found;
    std::vector<std::string> files, notes;
    int passed_over = 0;
    each_file({folder.path()}, [&](const std::filesystem::path& file, bool named) {
        CHECK_FALSE(named);
        files.push_back(file.filename().string());
        try {
            const source_info info = inspect_source(file);
            notes.insert(notes.end(), info.notes.begin(), info.notes.end());
            read_source(info, found.to());
        } catch (const no_text&) {
            ++passed_over;
        } catch (const error& e) {
            found.complaints.emplace_back(e.what());
        }
    });
    CHECK(files == test::texts{"a.txt", "c.csv", "d.bin", "e.txt", "u16.txt", "notes.md", "data.jsonl"});
    CHECK(found.texts() == test::texts{"plain caf\u00e9", "from a table", "hi", "Notes\n\ntext", "a row"});
    CHECK(passed_over == 1);
    REQUIRE(found.complaints.size() == 2);
    CHECK(found.complaints[0].find("an empty file") != std::string::npos);
    CHECK(found.complaints[1].find("data.jsonl:2") != std::string::npos);
    CHECK(notes ==
          test::texts{"read as Latin-1 (windows-1252): byte 9 is not UTF-8", "read as UTF-16 (little-endian)"});
}

TEST_CASE("sources: what is no text says what it is and what to do") {
    const test::temporary_folder folder;
    test::write(folder / "paper.pdf", "%PDF-1.7 ...");
    CHECK_THROWS_WITH_AS(inspect_source(folder / "paper.pdf"), doctest::Contains("pdftotext"), no_text);
    test::write(folder / "page.css", "p { margin: 0 }");
    CHECK_THROWS_WITH_AS(inspect_source(folder / "page.css"), doctest::Contains("a style sheet"), no_text);
    test::write(folder / "noise", std::string("\1\2\3\4\5\6\7\0abc", 11));
    CHECK_THROWS_WITH_AS(inspect_source(folder / "noise"), doctest::Contains("control bytes"), no_text);
    CHECK_THROWS_WITH_AS(inspect_source(folder / "absent"), doctest::Contains("No such file"), error);
    CHECK_THROWS_WITH_AS(inspect_source(folder.path()), doctest::Contains("directory"), error);
    test::write(folder / "large.md", std::string(200, '#'));
    CHECK_THROWS_WITH_AS(read_source(inspect_source(folder / "large.md"), {.options = {.record_bytes = 100}}),
                         doctest::Contains("a Markdown file of more than 100 bytes"), error);
}

#if defined(STEPGPT_HAS_ZLIB) && STEPGPT_HAS_ZLIB
TEST_CASE("sources: gzip'd files are read as what is in them") {
    const test::temporary_folder folder;
    const std::string path = (folder / "rows.csv.gz").string(), rows = "id,text\n1,zipped\n";
    gzFile out = ::gzopen(path.c_str(), "wb");
    ::gzwrite(out, rows.data(), static_cast<unsigned>(rows.size()));
    ::gzclose(out);

    test::collected found;
    const source_info info = inspect_source(path);
    read_source(info, found.to());
    CHECK(found.texts() == test::texts{"zipped"});
    CHECK(info.gzip);
    CHECK(info.encoding.bytes == rows.size());

    const std::string whole = test::read(path);
    test::write(folder / "cut.csv.gz", whole.substr(0, whole.size() - 6));
    CHECK_THROWS_WITH_AS(inspect_source(folder / "cut.csv.gz"), doctest::Contains("the file is cut short"), error);
}
#endif
