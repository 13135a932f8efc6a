#include "cislens/writers/bedgraph.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/text.hpp"
#include "cislens/seqio/text_input.hpp"

#include "track_order.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>

namespace cislens {

namespace {

class BedGraphWriter : public TrackWriter {
 public:
  BedGraphWriter(std::filesystem::path const& path, std::vector<TrackContig> contigs, IfExists if_exists)
      : file_(path, if_exists), order_(std::move(contigs)) {}

  void add(std::size_t contig, std::int64_t start, std::span<float const> values) override {
    order_.check(contig, start, std::ssize(values));
    for (float const value : values) add_run(contig, start++, value);
  }

  void commit() override {
    flush();
    file_.commit();
  }

 private:
  void add_run(std::size_t contig, std::int64_t place, float value) {
    if (contig == contig_ && place == end_ && value == value_ &&
        std::signbit(value) == std::signbit(value_)) {
      ++end_;
      return;
    }
    flush();
    contig_ = contig;
    start_ = place;
    end_ = std::isnan(value) ? place : place + 1;
    value_ = value;
  }

  void flush() {
    if (end_ == start_) return;
    std::array<char, 32> text{};
    char const* const end = std::to_chars(text.data(), text.data() + text.size(), value_).ptr;
    std::string line = order_.contigs()[contig_].name;
    for (std::int64_t const place : {start_, end_}) line += "\t" + std::to_string(place);
    file_.stream() << line << '\t' << std::string_view(text.data(), end) << '\n';
    start_ = end_;
  }

  OutputFile file_;
  TrackOrder order_;
  std::size_t contig_ = 0;
  std::int64_t start_ = 0;
  std::int64_t end_ = 0;
  float value_ = 0;
};

}  // namespace

std::unique_ptr<TrackWriter> make_bedgraph_writer(std::filesystem::path const& path,
                                                  std::vector<TrackContig> contigs, IfExists if_exists) {
  return std::make_unique<BedGraphWriter>(path, std::move(contigs), if_exists);
}

void copy_bedgraph(std::filesystem::path const& path, std::span<TrackContig const> contigs,
                   TrackWriter& writer) {
  std::error_code ignored;
  if (std::filesystem::file_size(path, ignored) == 0 && !ignored) return;  // a part without a value
  TextInput input(path.string());
  std::vector<float> values;
  for (std::string_view line; input.next(line);) {
    auto const fields = split(line, '\t');
    long start = 0;
    long end = 0;
    float value = 0;
    bool const good = fields.size() == 4 && parse_number(fields[1], start) && parse_number(fields[2], end) &&
                      std::from_chars(fields[3].begin(), fields[3].end(), value).ptr == fields[3].end();
    if (!good || start < 0 || end <= start) input.fail("is no line of bedGraph (run this part again)");
    values.assign(static_cast<std::size_t>(end - start), value);
    writer.add(contig_index(contigs, std::string(fields[0]), path.string()), start, values);
  }
}

}  // namespace cislens
