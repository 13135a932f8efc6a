#include "standard_streams.hpp"

#include "cislens/base/output_file.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace cislens {

void hold_standard_streams() {
  // Opened the wrong way round on purpose: reading from 0 and writing to 1 and 2 shall fail.
  for (int const descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) == -1) {
      (void)open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
  }
}

void print(std::string_view text) {
  OutputFile output("-", IfExists::refuse);
  output.stream() << text;
  output.commit();
}

}  // namespace cislens
