// What everything in this room reads or makes: one text and where it came from.
//
// A document is what a person would call one: a page, a story, a row's text, a novel. Its text is UTF-8 unless it was
// read with `utf8_policy::bytes`. Not here: ids (token/) and files of ids (batch/).
#pragma once

#include <string>

namespace stepgpt {

struct document {
    std::string text;
    std::string source;          // "pages/about.html", "stories.jsonl:1204"
    bool continues = false;      // the text goes on from the document before: one long file in several pieces
};

}  // namespace stepgpt
