#pragma once

#include <clocale>
#include <locale>
#include <string>

namespace cislens {

/// While it lives, numbers are written with a decimal comma and grouped digits wherever a locale is asked.
class CommaLocale {
 public:
  CommaLocale() : previous_(std::locale::global(std::locale(std::locale::classic(), new Commas))) {
    // Where the system has one, the C library's locale too; it decides what printf does.
    for (char const* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE"}) {
      if (std::setlocale(LC_NUMERIC, name) != nullptr) break;
    }
  }
  ~CommaLocale() {
    std::locale::global(previous_);
    std::setlocale(LC_NUMERIC, "C");
  }
  CommaLocale(CommaLocale const&) = delete;
  CommaLocale& operator=(CommaLocale const&) = delete;

 private:
  struct Commas : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
  };
  std::locale previous_;
};

}  // namespace cislens
