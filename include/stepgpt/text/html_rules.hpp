// What of a web page is not its text: four rules, each a function to read, change or leave out.
//
// 1. is_invisible         what a browser would not show as text
// 2. is_navigation        what its tag or role calls navigation, banner, dialog
// 3. is_named_boilerplate what its class or id calls so
// 4. is_list_of_links     a block that is links and little else: link density, as in Kohlschuetter, Fankhauser, Nejdl,
//                         "Boilerplate detection using shallow text features", WSDM 2010, without their rule on length,
//                         which drops short paragraphs and headings too
//
// Not here: what repeats from page to page; that shows when all pages are known (text/repeated_lines.hpp).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <stepgpt/text/html_tree.hpp>

namespace stepgpt {

// What an element holds, to judge it by.
struct html_share {
    std::size_t text = 0;     // bytes that are not white space
    std::size_t linked = 0;   // of these, inside links
    std::size_t links = 0, titles = 0;   // <a href>, <h1>
    std::size_t prose = 0;    // bytes of the blocks in it that are running text
};

// A paragraph, whatever its tag: long enough for a sentence or two, and no more than a third of it linked.
inline bool is_prose(const GumboNode* node, const html_share& share) {
    return share.text - share.linked >= 100 && 3 * share.linked < share.text &&
           is_tag(node, "p div li td dd blockquote section article pre");
}

inline bool is_invisible(const GumboNode* node) {
    const std::string_view style = attribute(node, "style");
    return is_tag(node, "head script style noscript template iframe object embed svg canvas audio video map") ||
           is_tag(node, "button select textarea rp annotation annotation-xml") ||
           gumbo_get_attribute(&node->v.element.attributes, "hidden") || attribute(node, "aria-hidden") == "true" ||
           style.find("display:none") != style.npos || style.find("display: none") != style.npos;
}

inline bool is_navigation(const GumboNode* node, const html_share& share) {
    if (is_tag(node, "header")) return share.titles == 0;   // an article's header holds its title, a site's its menu
    return is_tag(node, "nav footer aside menu dialog") ||
           among("navigation banner contentinfo search complementary menu menubar toolbar dialog alertdialog",
                 attribute(node, "role"));
}

// "top-nav", "siteFooter" and "cookie_consent" are cut into words first. What a name is worth differs: a cookie
// notice is never an article, but "sidebar" is also what books call a box of text, so it goes only if it is full of
// links, and a footer or navigation bar if it is that or short.
inline bool is_named_boilerplate(const GumboNode* node, const html_share& share) {
    const bool linked = 3 * share.linked >= 2 * share.text && share.links > 0, brief = share.text < 300;
    static constexpr std::string_view
        always = "cookie cookies consent gdpr popup modal newsletter subscribe advert advertisement ads sponsored",
        if_brief = "navbar pagination pager footer banner masthead toolbar printfooter noprint skip promo",
        if_linked = "menu sidebar toc related share sharing social";
    const auto tells = [&](std::string_view word) {
        const bool leads = word.ends_with("nav") || word.starts_with("navi") || word.starts_with("breadcrumb");
        return among(always, word) || (among(if_linked, word) && linked) ||
               ((among(if_brief, word) || leads) && (linked || brief));
    };
    for (const char* const which : {"class", "id"}) {
        const std::string_view value = attribute(node, which);
        std::string word;
        for (std::size_t i = 0; i <= value.size(); ++i) {
            const char c = i < value.size() ? value[i] : ' ';
            const bool capital = c >= 'A' && c <= 'Z', letter = capital || (c >= 'a' && c <= 'z');
            if ((!letter || capital) && !word.empty()) {
                if (tells(word)) return true;
                word.clear();
            }
            if (letter) word += static_cast<char>(c | 0x20);
        }
    }
    return false;
}

// Where paragraphs stand among the links (a title page above its contents), the lists in it are judged alone.
inline bool is_list_of_links(const GumboNode* node, const html_share& share) {
    const std::size_t plain = share.text - share.linked;   // a sentence with three long addresses behind it is no menu
    return share.links >= 3 && 3 * share.linked >= 2 * share.text && plain < 20 * share.links && share.prose == 0 &&
           is_tag(node, "ul ol dl div table p section center");
}

}  // namespace stepgpt
