#include <doctest/doctest.h>

#if defined(STEPGPT_HAS_GUMBO) && STEPGPT_HAS_GUMBO

#include <stepgpt/core/random.hpp>
#include <stepgpt/text/html.hpp>
#include <stepgpt/text/utf8.hpp>

#include <string>

using namespace stepgpt;

static std::string repeated(const std::string& text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
}

TEST_CASE("html: headings, paragraphs, lists, tables and code as a reader sees them") {
    CHECK(html_text("<title>T</title><h1>Bread</h1><p>Flour,\n   water <b>and</b> salt.</p><p>Bake<br>well.") ==
          "Bread\n\nFlour, water and salt.\n\nBake\nwell.");
    CHECK(html_text("<ul><li>one<li>two</ul><ol><li>first<li><p>second</p></ol>") ==
          "- one\n- two\n\n1. first\n2. second");
    CHECK(html_text("<table><tr><th>a<th>b</tr><tr><td>1<td>2</tr></table>") == "a\tb\n1\t2");
    CHECK(html_text("<pre>\nint main() {\n    return 0;\n}\n</pre><p>Done.") ==
          "int main() {\n    return 0;\n}\n\nDone.");
    CHECK(html_text("<dl><dt>cat<dd>an animal</dl>") == "cat\nan animal");
}

TEST_CASE("html: entities are characters") {
    CHECK(html_text("Fish &amp; chips &lt;&pound;5&gt; &#x1F600; &#233; &hellip;") ==
          "Fish & chips <\u00a35> \U0001F600 \u00e9 \u2026");
    CHECK(html_text("AT&T &nosuch; &#x110000; &#0; &amp") == "AT&T &nosuch; \uFFFD \uFFFD &");
    const std::string text = html_text("a number &#xeeeeeeeeeeeeeee8; too large");       // found by the fuzzer
    CHECK(is_utf8(text));
    CHECK(text.starts_with("a number "));
    CHECK(text.ends_with(" too large"));
}

TEST_CASE("html: what is not the page's text goes") {
    CHECK(html_text("<script>alert('<p>hi')</script><style>p{}</style><p>text<!-- comment --></p>") == "text");
    CHECK(html_text("<nav><a href=/>Home</a></nav><p>text</p><footer>Imprint</footer>") == "text");
    CHECK(html_text("<div class='cookie-consent'>We use cookies. <button>OK</button></div><p>Long enough text.</p>"
                    "<p>And some more.</p>") == "Long enough text.\n\nAnd some more.");
    CHECK(html_text("<div id=siteFooter>(c) nobody</div><p>A paragraph that is longer.</p>") ==
          "A paragraph that is longer.");
    CHECK(html_text("<div hidden>no</div><div aria-hidden=true>no</div><div style='display:none'>no</div>yes") ==
          "yes");
    CHECK(html_text("<ul><li><a href=1>Home</a><li><a href=2>Products</a><li><a href=3>Jobs</a></ul>"
                    "<p>We make <a href=4>bread</a>.</p>") == "We make bread.");
    CHECK(html_text("<p>Here are some pointers that should give a hint or two on what could be done next: "
                    "<a href=1>https://one.example.org/what-could-be-done-first-of-all-the-many-things</a> "
                    "<a href=2>https://two.example.org/what-could-be-done-after-that-and-after-that</a> "
                    "<a href=3>https://three.example.org/what-could-be-done-in-the-end</a></p>")
              .starts_with("Here are some"));
    CHECK(html_text("<header>Logo</header><article><header><h1>Title</h1></header><p>Body.</p></article>") ==
          "Title\n\nBody.");
    CHECK(html_text("<p>teaser</p><main><p>The text of this page.</p></main>") == "The text of this page.");
}

TEST_CASE("html: a page that is mostly links keeps its paragraphs") {
    const std::string contents =
        "<ul>" + repeated("<li><a href=1>A chapter with quite a long heading of its own</a>", 40) + "</ul>";
    const std::string paragraph = repeated("This book is free, and whoever likes it may pass it on. ", 3);
    CHECK(html_text("<body><div class=book><h1>The Book</h1><p>" + paragraph + "</p>" + contents + "</div>") ==
          "The Book\n\n" + paragraph.substr(0, paragraph.size() - 1));
    CHECK(html_text("<body><div class=book>" + contents + contents + "</div>") == "");
}

TEST_CASE("html: what a name is worth depends on the name") {
    CHECK(html_text("<ul class='docnav top'><li><a href=1>Prev</a></li><li>The Book</li><li><a href=2>Next</a></li></ul>"
                    "<p>A paragraph of this page, longer than its navigation.</p>").starts_with("A paragraph"));
    CHECK(html_text(
              "<div class=sidebar><p>GOING FURTHER</p><p>A box of text, as books have it.</p></div><p>The text around "
              "it, which is longer than the box is.</p>")
              .starts_with("GOING FURTHER\n\nA box of text"));
    CHECK(html_text("<div class=sidebar><p><a href=1>Other</a></p><p><a href=2>pages</a></p></div><p>The "
                    "text.</p><p>More of it."
                    "</p>") == "The text.\n\nMore of it.");
}

TEST_CASE("html: a name alone never takes half of a page") {
    CHECK(html_text("<div class='content has-sidebar'><p>All the text there is.</p></div>") ==
          "All the text there is.");
    CHECK(html_text("<body class='nav-open'><p>text</p>") == "text");
    CHECK(html_text("<a href=1>one link</a> is no menu") == "one link is no menu");
}

TEST_CASE("html: anything is a page; only what would take minutes is refused") {
    CHECK(html_text("") == "");
    CHECK(html_text("plain words") == "plain words");
    CHECK(html_text("<p>never closed <b>bold <i>both") == "never closed bold both");
    CHECK(html_text("</p></div></table>x<") == "x<");
    CHECK(html_text("<pre> <p>x") == "x");   // found by the fuzzer: a break after nothing but blanks
    CHECK(html_text(std::string("nul\0byte", 8)).substr(0, 3) == "nul");

    CHECK_THROWS_WITH_AS(html_text(repeated("<div>", 100'000)), doctest::Contains("100000 deep"), error);
    CHECK_THROWS_AS(html_text(repeated("<b><i></b>x", 100'000)), error);
    CHECK(html_text(repeated("<p>x", 20'000)).size() == 3 * 20'000 - 2);   // closed by the next one: not deep
    CHECK(html_text(repeated("<li>x</li>", 20'000)).size() > 20'000);
    CHECK(html_text("<ul>" + repeated("<li>x", 20'000)).size() == 4 * 20'000 - 1);
    CHECK(html_text(repeated("<div>", 2'000) + "core" + repeated("</div>", 2'000)) == "core");
}

TEST_CASE("html: mangled pages end in text of valid UTF-8") {
    const random_numbers dice(137, stream::test);
    const std::string pieces[] = {"<p>",     "</p>",  "<table>", "<td>",     "<a href=1>", "</a>",
                                  "<b>",     "</b>",  "<ul>",    "<li>",     "</ul>",      "<pre>",
                                  "</pre>",  "<!--",  "-->",     "&amp;",    "&#x",        "<div class=nav>",
                                  "</div>",  "<svg>", "<math>",  "<select>", "<script>",   "</script>",
                                  "<title>", "text ", "\n",      "<",        "'"};
    std::uint64_t drawn = 0;
    for (int round = 0; round < 3'000; ++round) {
        std::string page;
        const std::size_t count = dice.below(40, drawn++);
        for (std::size_t i = 0; i < count; ++i) page += pieces[dice.below(std::size(pieces), drawn++)];
        if (!is_utf8(html_text(page))) FAIL(page);
    }
}

#endif
