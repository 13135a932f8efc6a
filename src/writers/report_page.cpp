#include "report_page.hpp"

#include "cislens/writers/logo.hpp"

#include "html.hpp"
#include "report_sections.hpp"

namespace cislens {

namespace {

// Nothing may be loaded from anywhere: the browser itself holds the page to it.
constexpr char const* head_start =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n";

/// Links to the sections that are there.
std::string navigation(std::vector<std::pair<std::string, std::string>> const& sections) {
  std::string links;
  for (auto const& [name, html] : sections) {
    auto const from = html.find("id=\"");
    if (name.empty() || from == std::string::npos) continue;
    std::string const id = html.substr(from + 4, html.find('"', from + 4) - from - 4);
    links += element("a", "href=\"#" + id + "\"", name);
  }
  if (links.empty()) return "";
  return element("nav", "aria-label=\"Sections\"", links) + "\n";
}

}  // namespace

std::string report_page(std::string const& title, std::string const& version, std::string const& header,
                        std::vector<std::pair<std::string, std::string>> const& sections) {
  std::string page = head_start;
  page += element("title", "", html_text(title) + " \u2013 cislens") + "\n";
  page += element("style", "", report_style()) + "\n</head>\n<body class=\"no-script\">\n" + logo_letters() +
          "\n<main>\n";
  page += header + "\n" + navigation(sections);
  for (auto const& [name, html] : sections) page += html;
  page += element("footer", "",
                  "Made by cislens " + html_text(version) +
                      ". This page is complete in itself: it "
                      "loads nothing and can be mailed, archived and printed.");
  return page + "\n</main>\n" + element("script", "", report_script()) + "\n</body>\n</html>\n";
}

}  // namespace cislens
