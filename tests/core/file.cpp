#include <stepgpt/core/file.hpp>
#include <stepgpt/core/folder.hpp>

#include <sys/wait.h>

#include <map>
#include <vector>

#include "../support.hpp"

using namespace stepgpt;
namespace fs = std::filesystem;

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

// While it lives, every call to the system passes by `fault`.
struct faults {
    explicit faults(std::function<int(const detail::file_call&)> fault) { detail::file_fault = std::move(fault); }
    ~faults() { detail::file_fault = nullptr; }
};

std::size_t entries(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("a file comes back as it was written") {
    test::temporary_folder folder;
    const std::string bytes("a\0b\n\xff", 5);
    write_file(folder / "x", bytes);
    CHECK(read_file(folder / "x", 5) == bytes);
    CHECK(read_file(folder / "x", 1000) == bytes);

    const mapped_file map(folder / "x");
    REQUIRE(map.bytes().size() == 5);
    CHECK(map.bytes()[4] == std::byte{0xff});
    CHECK(entries(folder.path()) == 1);
}

TEST_CASE("an input file reads anywhere, and never past its end") {
    test::temporary_folder folder;
    write_file(folder / "x", "0123456789");
    const input_file in(folder / "x");
    std::byte three[3];
    in.read(7, three);
    CHECK(three[0] == std::byte{'7'});
    in.read(10, std::span<std::byte>());
    CHECK(has(message([&] { in.read(8, three); }), "byte 8: found a file of 10 bytes, wanted 3 bytes from here on"));
    CHECK(has(message([&] { in.read(~0ull, three); }), "found a file of 10 bytes"));

    fs::resize_file(folder / "x", 8);        // by somebody else, after it was opened
    CHECK(has(message([&] { in.read(7, three); }), "byte 8: found a file of 8 bytes, wanted 2 bytes"));
}

TEST_CASE("what cannot be read is named") {
    test::temporary_folder folder;
    CHECK(has(message([&] { read_file(folder / "absent", 10); }), "absent: found No such file or directory (open)"));
    CHECK(has(message([&] { read_file(folder.path(), 10); }), "Is a directory"));
    CHECK(has(message([&] { read_file(folder.path(), 10); }), "a folder was given where a file is needed"));
    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    CHECK(has(message([&] { read_file(folder / "pipe", 10); }), "found a pipe or a device, wanted a regular file"));
    write_file(folder / "long", std::string(11, 'x'));
    CHECK(has(message([&] { read_file(folder / "long", 10); }), "found 11 bytes, wanted at most 10 bytes"));
    CHECK(has(message([&] { read_file(folder / "long" / "x", 10); }), "a file was given where a folder is needed"));

    write_file(folder / "empty", "");
    CHECK(read_file(folder / "empty", 10).empty());
    CHECK(has(message([&] { mapped_file(folder / "empty"); }), "found an empty file"));

    const faults denied([](const detail::file_call& call) { return call.name == std::string("open") ? EACCES : 0; });
    CHECK(has(message([&] { read_file(folder / "long", 10); }), "Permission denied (open)\n  -> look at owner and"));
}

TEST_CASE("a map notices that its file has become shorter") {
    test::temporary_folder folder;
    write_file(folder / "x", std::string(9000, 'x'));
    const mapped_file map(folder / "x");
    map.check();
    write_file(folder / "x", "replaced");                   // a new file: the map keeps the old one
    map.check();
    CHECK(map.bytes()[8999] == std::byte{'x'});

    const mapped_file second(folder / "x");
    fs::resize_file(folder / "x", 3);
    CHECK(has(message([&] { second.check(); }), "found a file of 3 bytes, wanted 8 bytes"));
}

TEST_CASE("writing goes on after interruptions and partial writes") {
    test::temporary_folder folder;
    std::map<std::string, int> calls;
    const faults shorter([&](const detail::file_call& call) {
        if (++calls[call.name] % 2) return EINTR;
        call.bytes = call.bytes.substr(0, (call.bytes.size() + 1) / 2);
        return 0;
    });
    write_file(folder / "x", "0123456789");
    CHECK(test::read(folder / "x") == "0123456789");
    CHECK(calls["write"] >= 8);
}

TEST_CASE("whatever call fails, the old file stays, nothing else does, and the error names call and file") {
    test::temporary_folder folder;
    for (const int code : {ENOSPC, EIO, EDQUOT, EROFS, EFBIG}) {
        for (int n = 1;; ++n) {
            write_file(folder / "x", "old");
            int count = 0;
            std::string hit;
            const faults nth([&](const detail::file_call& call) {
                if (++count == n) hit = call.name;
                return count == n ? code : 0;
            });
            const auto text = message([&] { write_file(folder / "x", "new"); });
            CAPTURE(text);
            CHECK(entries(folder.path()) == 1);
            if (hit.empty()) break;                              // there were fewer than n calls: done
            CHECK(has(text, std::string(std::strerror(code)) + " (" + hit + ")"));
            CHECK(has(text, folder.path().string()));
            const bool renamed = n > 5;              // open, write, fsync, close, rename; open, fsync, close
            CHECK(test::read(folder / "x") == (renamed ? "new" : "old"));
        }
        CHECK(test::read(folder / "x") == "new");
    }
}

TEST_CASE("a staged folder appears as a whole or not at all") {
    test::temporary_folder folder;
    {
        staged_folder stage(folder / "checkpoint-000100");
        stage.write("a", "one");
        CHECK(!fs::exists(folder / "checkpoint-000100"));
    }
    CHECK(entries(folder.path()) == 0);      // given up: nothing is left

    staged_folder stage(folder / "checkpoint-000100");
    stage.write("a", "one");
    stage.write("b", [](output_file& out) { out.write("two"); });
    stage.commit();
    CHECK(test::read(folder / "checkpoint-000100" / "b") == "two");
    CHECK(entries(folder.path()) == 1);
}

TEST_CASE("a folder is replaced as a whole, and never with something of the user's in it") {
    test::temporary_folder folder;
    for (const auto* content : {"first", "second"}) {
        staged_folder stage(folder / "model");
        stage.write("config.json", content);
        stage.commit();
    }
    CHECK(test::read(folder / "model" / "config.json") == "second");
    CHECK(entries(folder.path()) == 1);

    test::write(folder / "model" / "thesis.tex", "years of work");
    staged_folder stage(folder / "model");
    stage.write("config.json", "third");
    CHECK(has(message([&] { stage.commit(); }), "'thesis.tex': found a file that would be lost"));
    CHECK(test::read(folder / "model" / "config.json") == "second");

    test::write(folder / "note", "a file");
    staged_folder in_the_way(folder / "note");
    CHECK(has(message([&] { in_the_way.commit(); }), "Not a directory"));
    CHECK(test::read(folder / "note") == "a file");
}

TEST_CASE("where folders cannot be exchanged, the old one is moved aside") {
    test::temporary_folder folder;
    const auto save = [&](const char* content) {
        staged_folder stage(folder / "model");
        stage.write("config.json", content);
        stage.commit();
    };
    save("first");
    int renames = 0, fail_at = 0;
    const faults old_system([&](const detail::file_call& call) {
        if (call.name != std::string("rename")) return 0;
        ++renames;
        return renames == 1 ? EINVAL : renames == fail_at ? EIO : 0;
    });
    save("second");
    CHECK(test::read(folder / "model" / "config.json") == "second");
    CHECK(entries(folder.path()) == 1);

    renames = 0;
    fail_at = 3;                                // the new one cannot be put in: the old one comes back
    CHECK(has(message([&] { save("third"); }), "Input/output error (rename)"));
    CHECK(test::read(folder / "model" / "config.json") == "second");
    CHECK(entries(folder.path()) == 1);
}

TEST_CASE("an output folder is made, proved and kept from a second process") {
    test::temporary_folder folder;
    output_folder out(folder / "runs" / "a");
    CHECK(fs::is_empty(out.path()));

    const auto child = ::fork();
    if (child == 0) {
        const auto text = message([&] { output_folder second(out.path()); });
        ::_exit(has(text, "another process is writing") ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
    CHECK(has(message([&] { out.expect_room(~0ull); }), "bytes free, wanted 18446744073709551615 bytes"));
    CHECK(has(message([&] { output_folder huge(folder / "runs" / "b", ~0ull); }), "make room on this disk"));

    test::write(folder / "file", "");
    CHECK(has(message([&] { output_folder in_a_file(folder / "file"); }), "found Not a directory"));
    CHECK(has(message([&] { output_folder in_a_file(folder / "file" / "x"); }), "found Not a directory"));
    const faults read_only([](const detail::file_call& call) {
        return call.name == std::string("open") && call.path.filename().string().starts_with("probe") ? EROFS : 0;
    });
    CHECK(has(message([&] { output_folder cannot(folder / "runs" / "c"); }), "mounted read-only"));
}

TEST_CASE("what dead processes left is swept away, what living ones prepare is not") {
    test::temporary_folder folder;
    const auto dead = ::fork();
    if (dead == 0) ::_exit(0);
    ::waitpid(dead, nullptr, 0);
    const auto of = [&](const char* name, ::pid_t owner) {
        return folder / (name + (".tmp." + std::to_string(owner)));
    };
    fs::create_directories(of("checkpoint-000300", dead) / "deep");
    fs::create_directories(of("checkpoint-000400", ::getpid()));
    fs::create_directories(of("checkpoint-000500", ::getppid()));
    test::write(of("loss.csv", dead), "half");
    test::write(folder / "notes.tmp.txt", "mine");
    fs::create_directories(of("model", dead).string() + ".old");
    const output_folder out(folder.path());
    CHECK(entries(folder.path()) == 3);
    CHECK(fs::exists(of("checkpoint-000500", ::getppid())));
    CHECK(fs::exists(folder / "notes.tmp.txt"));
    CHECK(fs::exists(folder / "model"));       // had been moved aside by a process that died in that moment
}
