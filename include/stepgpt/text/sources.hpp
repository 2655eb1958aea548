// Files and folders of anything -> documents.
//
//     each_file({"library/"}, [&](const std::filesystem::path& file, bool named) {
//         read_source(inspect_source(file), to);             // to.keep gets its documents
//     });
//
// Every file is streamed twice: once past the encoding detector, since the byte that tells may be its last one, and
// once to be read. gzip'd files are unpacked on the way (with zlib); web pages need gumbo. A file that is no text
// throws `no_text`, so that a folder's pictures can be passed over. In folders, hidden files and symbolic links are
// not followed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <stepgpt/text/byte_source.hpp>
#include <stepgpt/text/encoding.hpp>
#include <stepgpt/text/json_text.hpp>
#include <stepgpt/text/kind.hpp>
#include <stepgpt/text/markdown.hpp>
#include <stepgpt/text/plain.hpp>
#include <stepgpt/text/reading.hpp>
#include <stepgpt/text/table.hpp>
#if defined(STEPGPT_HAS_GUMBO) && STEPGPT_HAS_GUMBO
#include <stepgpt/text/html.hpp>
#endif
#if defined(STEPGPT_HAS_ZLIB) && STEPGPT_HAS_ZLIB
#include <stepgpt/text/gzip.hpp>
#endif

namespace stepgpt {

struct source_info {
    std::string path;
    content_kind kind;
    encoding_verdict encoding;      // .bytes are those after unpacking
    std::uint64_t file_bytes = 0;
    bool gzip = false, known = false;   // known: kind and encoding have been found out
    std::vector<std::string> notes; // what was not as it should be, and what was done about it
};

// The error for what is no text at all.
class no_text : public error {
public:
    using error::error;
};

namespace detail {

inline byte_source unpacked(const std::filesystem::path& path, bool gzip) {
    byte_source in = file_bytes(path);
    if (!gzip) return in;
#if defined(STEPGPT_HAS_ZLIB) && STEPGPT_HAS_ZLIB
    return gunzip(std::move(in), path.string());
#else
    throw error({.where = path.string(), .found = "gzip'd data", .wanted = "a build with zlib",
                 .hint = "install zlib (Debian: zlib1g-dev) and configure again, or gunzip the file"});
#endif
}

inline void read_whole(const byte_source& in, text_format kind, const std::string& where, const reading& to) {
    const std::string text = read_up_to(in, to.options.record_bytes + 1);
    expect_record(text.size() <= to.options.record_bytes, to.options, where,
                  kind == text_format::html ? "a web page" : "a Markdown file");
    document whole{"", where};
    if (kind == text_format::markdown) whole.text = markdown_text(text);
#if defined(STEPGPT_HAS_GUMBO) && STEPGPT_HAS_GUMBO
    if (kind == text_format::html) whole.text = html_text(text, where);
#else
    if (kind == text_format::html) {
        throw error({.where = where, .found = "a web page", .wanted = "a build with gumbo",
                     .hint = "install gumbo (Debian: libgumbo-dev) and configure again, or convert the page to text"});
    }
#endif
    if (!is_blank(whole.text)) to.keep(std::move(whole));
}

inline void note_encoding(source_info& info) {
    const encoding_verdict& e = info.encoding;
    if (e.is == encoding::latin1) {
        info.notes.push_back("read as " + std::string(name_of(e.is)) + ": byte " + std::to_string(e.first_broken) +
                             " is not UTF-8");
    } else if (e.is == encoding::utf8 && e.broken > 0) {
        info.notes.push_back(std::to_string(e.broken) +
                             " places that are not UTF-8 are now U+FFFD, the first at byte " +
                             std::to_string(e.first_broken));
    } else if (e.is != encoding::utf8) {
        info.notes.push_back("read as " + std::string(name_of(e.is)));
    }
}

}  // namespace detail

// Its text as UTF-8, from the beginning.
inline byte_source source_text(const source_info& info) {
    return as_utf8(detail::unpacked(info.path, info.gzip), info.encoding);
}

// Finds out what a file is.
inline source_info inspect_source(const std::filesystem::path& path) {
    source_info info;
    info.path = path.string();
    info.file_bytes = input_file(path).size();
    std::string head = read_up_to(file_bytes(path), block_bytes);
    if (head.empty()) throw error({.where = info.path, .found = "an empty file", .wanted = "text"});
    info.gzip = head.starts_with("\x1F\x8B");
    if (info.gzip) head = read_up_to(detail::unpacked(path, true), block_bytes);
    if (const auto other = recognise_binary(head)) {
        throw no_text({.where = info.path, .found = other->what, .wanted = "text", .hint = other->hint});
    }

    encoding_detector seen;
    each_block(detail::unpacked(path, info.gzip), seen);
    info.encoding = seen.verdict();
    if (looks_binary(info.encoding)) {
        throw no_text({.where = info.path, .found = std::to_string(info.encoding.controls) + " control bytes",
                       .wanted = "text", .hint = "this looks like a binary file"});
    }
    detail::note_encoding(info);
    const std::string name = (info.gzip ? path.stem() : path.filename()).string();
    if (detail::lower_ascii(name).ends_with(".css")) {      // it lies beside web pages, and says nothing
        throw no_text({.where = info.path, .found = "a style sheet", .wanted = "text",
                       .hint = "to learn style sheets, give them names that end in .txt"});
    }
    info.kind = kind_of(read_up_to(source_text(info), block_bytes), name);
    for (const auto& line : info.kind.separators) info.notes.push_back("documents parted by lines of '" + line + "'");
    info.known = true;
    return info;
}

// Reads a file that has been inspected.
inline void read_source(const source_info& info, const reading& to) {
    const byte_source text = source_text(info);
    reading plain = to;
    switch (info.kind.is) {
        case text_format::html:
        case text_format::markdown: return detail::read_whole(text, info.kind.is, info.path, to);
        case text_format::table: return read_table(text, info.kind.separator, info.path, to);
        case text_format::json: return read_json_values(text, info.path, to);
        case text_format::json_lines: return read_json_lines(text, info.path, to);
        case text_format::plain:
            for (const auto& line : info.kind.separators) plain.options.separators.push_back(line);
            read_plain(text, info.path, plain);
    }
}

// Calls visit(file, named) for every file, in the order given; of a folder first its files, then its folders, both in
// the order of their names. `named` says that the file itself was asked for.
template <class Visit>
void each_file(const std::vector<std::filesystem::path>& inputs, Visit&& visit) {
    for (const auto& input : inputs) {
        std::error_code failure;
        if (!std::filesystem::is_directory(input, failure)) {
            visit(input, true);
            continue;
        }
        std::vector<std::filesystem::path> waiting{input};      // folders; the last one is next
        while (!waiting.empty()) {
            const std::filesystem::path folder = std::move(waiting.back());
            waiting.pop_back();
            std::vector<std::filesystem::path> files, folders;
            auto entries = std::filesystem::directory_iterator(folder, failure);
            if (failure) visit(folder, false);                   // opening it will say what is wrong
            for (; !failure && entries != std::filesystem::end(entries); entries.increment(failure)) {
                std::error_code unknown;                            // what it is, then shows when it is opened
                if (entries->path().filename().string().front() == '.' || entries->is_symlink(unknown)) continue;
                (entries->is_directory(unknown) ? folders : files).push_back(entries->path());
            }
            std::sort(files.begin(), files.end());
            std::sort(folders.rbegin(), folders.rend());
            waiting.insert(waiting.end(), folders.begin(), folders.end());
            for (const auto& file : files) visit(file, false);
        }
    }
}

}  // namespace stepgpt
