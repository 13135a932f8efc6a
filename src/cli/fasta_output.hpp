#pragma once

#include "cislens/base/nucleotide.hpp"
#include "cislens/base/output_file.hpp"

#include <filesystem>
#include <string>

namespace cislens {

/// A FASTA file that is being written: one line a sequence.
class FastaOutput {
 public:
  /// @throws OutputError  as OutputFile
  FastaOutput(std::filesystem::path const& path, IfExists if_exists) : file_(path, if_exists) {}

  /// @throws OutputError  nothing more can be written  @throws Interrupted
  void write(std::string const& name, BasesView bases);
  /// @throws OutputError  as OutputFile
  void commit() { file_.commit(); }

 private:
  OutputFile file_;
};

}  // namespace cislens
