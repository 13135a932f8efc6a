#pragma once

#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace cislens {

/// What to do when the final name is taken.
enum class IfExists { refuse, replace };

/// A file that appears under its final name only when it is whole: it is written beside it under a temporary
/// name, and `commit` flushes, fsyncs and renames. Without `commit` nothing remains. The name "-" is stdout.
class OutputFile {
 public:
  /// @throws OutputError  the name is taken and may not be replaced, or the folder cannot be written
  /// @throws UsageError   as check_free
  OutputFile(std::filesystem::path const& path, IfExists if_exists);
  ~OutputFile();
  OutputFile(OutputFile const&) = delete;
  OutputFile& operator=(OutputFile const&) = delete;
  OutputFile(OutputFile&&) noexcept;

  std::ostream& stream();
  /// Where the bytes are until `commit`; for libraries that write files themselves. Not for stdout.
  std::filesystem::path const& temporary_path() const;
  /// @throws OutputError  something could not be written (disk full, quota, closed pipe)
  void commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Absolute names of the files that this process has committed, in order; one written twice is there twice.
/// Without devices and standard output.
/// @param from  leaves out so many of the first
std::vector<std::filesystem::path> committed_files(std::size_t from = 0);

/// What this process reads and must not write to or remove: replaces the list before.
void set_input_files(std::vector<std::filesystem::path> files);
/// Whether a name is that of such a file, under whatever name it was given there.
bool is_input_file(std::filesystem::path const& path);

/// Whether two names of outputs mean one file, which need not be there. Not so for devices but stdout.
bool is_same_output(std::filesystem::path const& a, std::filesystem::path const& b);

/// Makes the folder and its parents; one that is there already is fine.
/// @throws OutputError  it cannot be made or written to, or the name is a file
void make_folder(std::filesystem::path const& folder);

/// @throws OutputError  when the name is taken and `if_exists` is refuse; says to use --force
/// @throws UsageError   it is an input file, whatever `if_exists` is
void check_free(std::filesystem::path const& path, IfExists if_exists);

}  // namespace cislens
