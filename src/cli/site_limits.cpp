#include "site_limits.hpp"

#include "cislens/base/text.hpp"

namespace cislens {

void tell_site_limits(Scanner const& scanner, std::span<std::string const> names, Log& log) {
  for (int motif = 0; motif < scanner.motif_count(); ++motif) {
    std::string const none = names[static_cast<std::size_t>(motif)] +
                             ": no word has p <= " + format_significant(scanner.p_limit(), 2);
    if (!scanner.can_be_found(motif)) {
      log.warning(none + ", so it has no sites; the least is " +
                  format_significant(scanner.least_p(motif), 2) + " (--site-p)");
    } else if (scanner.p_limit(motif) > scanner.p_limit()) {
      log.info(none + ": words of p <= " + format_significant(scanner.p_limit(motif), 2) + " are its sites");
    }
  }
}

}  // namespace cislens
