#include "text_file.hpp"

namespace cislens {

void write_text_file(std::string const& text, std::filesystem::path const& path, IfExists if_exists) {
  OutputFile file(path, if_exists);
  file.stream().write(text.data(), static_cast<std::streamsize>(text.size()));
  file.commit();
}

}  // namespace cislens
