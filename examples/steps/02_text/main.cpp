// Step 2: from files of anything to text that a model can learn from.
//
// We write a small library (a site of Markdown pages, a table, talk in JSON Lines, a story and its twin), read it,
// and watch each rule work. One rule is written here by hand: how much of the twin is the same is found with sets of
// phrases, and the library, which works with hashes, has to agree. Next: 03_tokens.
#include <stepgpt/text/corpus.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

using namespace stepgpt;
namespace fs = std::filesystem;

static void write(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

static const char* const fox_story =
    "A fox lived at the edge of the wood. Every evening she walked to the old mill, because the miller left bread on "
    "the wall. One winter the miller fell ill, and nobody came. So the fox carried a log to his door each night, until "
    "there was a pile of wood, and the smoke rose again from the chimney.";

static void make_library(const fs::path& folder) {
    fs::create_directories(folder / "site");
    const char* const topics[] = {"rye",  "wheat",  "spelt",  "oat", "barley", "maize",
                                  "rice", "millet", "potato", "nut", "seed",   "egg"};
    for (const std::string topic : topics) {
        write(folder / "site" / (topic + ".md"), "# The Bakery\n\nBread of **" + topic + "** is [baked](" + topic +
              ".html) for an hour, and " + topic + " keeps it fresh for days.\n\nVisit us in Mill Lane.\n");
    }
    write(folder / "about.md",
          "---\ntitle: About\n---\n# About us\n\nWe have baked since *1911*. Write to baker@example.org.\n");
    write(folder / "news.csv",
          "date,text\n2024-05-01,\"The oven is new, and hotter.\"\n2024-06-01\n2024-07-01,We are on holiday.\n");
    write(folder / "talk.jsonl",
          "{\"text\": \"Is there bread left?\"}\n{\"text\": \n{\"text\": \"One loaf, and it is yours.\"}\n");
    write(folder / "fox.txt", fox_story);
    write(folder / "fox-again.txt", std::string(fox_story).replace(2, 3, "vixen"));          // one word differs
    write(folder / "menu.txt", "Caf\xE9 cr\xE8me  3.50\r\nCroissant\xA0 1.80\r\n");   // Latin-1, from an old till
    write(folder / "logo.png", "\x89PNG\r\n\x1A\n");
}

// The same question as text/near_duplicates.hpp, asked of all pairs of words: fine for two texts, not for two million.
static std::set<std::string> phrases(const std::string& text) {
    std::vector<std::string> words;
    std::string word;
    for (const char c : text + " ") {
        const bool letter = std::isalnum(static_cast<unsigned char>(c)) != 0;
        if (letter) word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        else if (!word.empty()) words.push_back(std::exchange(word, ""));
    }
    std::set<std::string> all;
    for (std::size_t i = 0; i + 5 <= words.size(); ++i) {
        all.insert(words[i] + " " + words[i + 1] + " " + words[i + 2] + " " + words[i + 3] + " " + words[i + 4]);
    }
    return all;
}

static double share_in_common(const std::set<std::string>& a, const std::set<std::string>& b) {
    std::size_t both = 0;
    for (const auto& phrase : a) both += b.count(phrase);
    return static_cast<double>(both) / static_cast<double>(a.size() + b.size() - both);
}

static bool check(const char* name, bool holds) {
    std::printf("CHECK %-44s %s\n", name, holds ? "ok" : "FAILED");
    return holds;
}

int main() {
    const fs::path folder = "library";
    fs::remove_all(folder);
    make_library(folder);

    corpus_options options{.inputs = {folder}};
    switch_rules(options.rules, "mask", true);
    switch_rules(options.rules, "trim", true);
    corpus found(options, ".");
    const corpus_report& report = found.report;

    std::printf("%-24s %-12s %8s %8s %6s\n", "source", "kind", "bytes", "kept", "texts");
    for (const source_report& s : report.sources) {
        std::printf("%-24s %-12s %8llu %8llu %6llu\n", s.info.path.c_str(), name_of(s.info.kind.is),
                    static_cast<unsigned long long>(s.info.file_bytes), static_cast<unsigned long long>(s.kept.bytes),
                    static_cast<unsigned long long>(s.kept.documents));
        for (const auto& note : s.info.notes) std::printf("    %s\n", note.c_str());
    }
    std::printf("\nleft out:\n");
    for (const auto& message : report.messages) std::printf("    %s\n", message.c_str());
    for (const auto& message : report.without_text) std::printf("    %s\n", message.c_str());

    std::printf("\nrules at work:\n");
    for (std::size_t i = 0; i < report.rules.size(); ++i) {
        for (const example& e : report.rules[i].examples) {
            std::printf("    %-16s %s\n", options.rules[i].name.c_str(), printable(e.before, 70).c_str());
            if (!e.after.empty()) std::printf("    %-16s %s\n", "  ->", printable(e.after, 70).c_str());
            break;                                             // one example of each is enough here
        }
    }

    std::printf("\nwhat a model would read:\n");
    std::string all;
    for (std::size_t i = 0; i < found.documents.size(); ++i) {
        const document d = found.documents[i];
        if (i < 3 || i + 8 > found.documents.size())
            std::printf("    [%s] %s\n", d.source.c_str(), printable(d.text, 76).c_str());
        all += d.text + "\n";
    }

    const split_plan plan = split_by_document(found.units, 0.2);
    std::size_t for_validation = 0;
    for (const bool here : plan.validation) for_validation += here;
    std::printf("\n%zu texts: %zu to learn from, %zu to be examined on\n", plan.validation.size(),
                plan.validation.size() - for_validation, for_validation);

    const std::string twin = std::string(fox_story).replace(2, 3, "vixen");
    const double by_hand = share_in_common(phrases(fox_story), phrases(twin));
    const double by_hash = similarity(shingles_of(fox_story), shingles_of(twin));
    std::printf("the two foxes share %.4f of their phrases by hand, %.4f by hashes\n\n", by_hand, by_hash);

    hasher content;
    for (std::size_t i = 0; i < found.documents.size(); ++i) content.add(found.documents[i].text);
    corpus again(options, ".");
    hasher content_again;
    for (std::size_t i = 0; i < again.documents.size(); ++i) content_again.add(again.documents[i].text);

    bool good = check("the address is masked", all.find("baker@") == all.npos && all.find("<email>") != all.npos);
    all.erase(all.find("<email>"), 7);
    good &= check("no markup is left", all.find_first_of("<>*[]#|") == all.npos);
    good &= check("lines that all pages share are gone", all.find("Mill Lane") == all.npos);
    good &= check("the twin was found, and only the twin",
                  report.rules[find_rule(options.rules, "near_duplicates")].documents.documents == 1);
    good &= check("by hand and by hashes agree", by_hand == by_hash);
    good &=
        check("each text is on one side of the split", for_validation > 0 && for_validation < plan.validation.size());
    good &= check("the same texts every time", content.value() == content_again.value());
    return good ? 0 : 1;
}
