#include "fasta_output.hpp"

#include "cislens/base/interrupt.hpp"

namespace cislens {

void FastaOutput::write(std::string const& name, BasesView bases) {
  throw_if_interrupted();
  file_.stream() << '>' << name << '\n' << decode_bases(bases) << '\n';
  if (!file_.stream()) file_.commit();  // says why, and throws
}

}  // namespace cislens
