#include "cislens/seqio/versions.hpp"

#include <htslib/hts.h>
#include <seqan3/version.hpp>

namespace cislens {

std::vector<std::pair<std::string, std::string>> seqio_library_versions() {
  return {{"HTSlib", hts_version()}, {"SeqAn", seqan3::seqan3_version_cstring}};
}

}  // namespace cislens
