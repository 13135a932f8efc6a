#include "cislens/writers/track.hpp"

#include "cislens/base/errors.hpp"

#include "support/temporary_folder.hpp"
#include "support/tools.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace cislens::test {
namespace {

constexpr float none = std::numeric_limits<float>::quiet_NaN();

/// chrM has bases without a value, chr10 reaches the end of its contig, chr2 has nothing.
std::vector<TrackContig> contigs() { return {{"chr10", 9001}, {"chr2", 50}, {"chrM", 6000}}; }

float value_at(std::size_t contig, std::int64_t place) {
  if (contig == 1 || (contig == 2 && place % 100 < 3)) return none;
  return static_cast<float>(std::sin(static_cast<double>(place / 2))) - 2.0F;
}

/// Writes all in pieces of `piece` bases.
void write(TrackFormat format, std::filesystem::path const& path, std::int64_t piece) {
  auto const writer = make_track_writer(format, path, contigs(), IfExists::replace);
  for (std::size_t contig = 0; contig < contigs().size(); ++contig) {
    std::int64_t const length = contigs()[contig].length;
    for (std::int64_t start = 0; start < length; start += piece) {
      std::vector<float> values;
      for (std::int64_t place = start; place < std::min(length, start + piece); ++place)
        values.push_back(value_at(contig, place));
      writer->add(contig, start, values);
    }
  }
  writer->commit();
}

class Track : public ::testing::TestWithParam<TrackFormat> {
 protected:
  testing_support::TemporaryFolder folder_;
};

TEST_P(Track, BytesDoNotDependOnPieces) {
  write(GetParam(), folder_.path("whole"), 100'000);

  for (std::int64_t const piece : {1, 999, 4096}) {
    write(GetParam(), folder_.path("pieces"), piece);

    EXPECT_TRUE(folder_.read("pieces") == folder_.read("whole")) << piece;
  }
}

TEST_P(Track, ACopyIsTheSame) {
  write(GetParam(), folder_.path("first"), 777);

  auto const writer = make_track_writer(GetParam(), folder_.path("copy"), contigs(), IfExists::refuse);
  copy_track(GetParam(), folder_.path("first"), contigs(), *writer);
  writer->commit();

  EXPECT_TRUE(folder_.read("copy") == folder_.read("first"));
}

TEST_P(Track, RefusesWhatOverlapsOrLiesBeyondTheEnd) {
  auto const writer = make_track_writer(GetParam(), folder_.path("t"), contigs(), IfExists::refuse);
  std::vector<float> const ten(10, 1.0F);
  writer->add(0, 100, ten);

  EXPECT_THROW(writer->add(0, 109, ten), ShapeError);
  EXPECT_THROW(writer->add(1, 45, ten), ShapeError);
  EXPECT_THROW(writer->add(3, 0, ten), ShapeError);
}

TEST_P(Track, LeavesNothingWithoutCommit) {
  {
    auto const writer = make_track_writer(GetParam(), folder_.path("t"), contigs(), IfExists::refuse);
    writer->add(0, 0, std::vector<float>(9000, 1.0F));
  }

  EXPECT_TRUE(std::filesystem::is_empty(folder_.path(".")));
}

INSTANTIATE_TEST_SUITE_P(Formats, Track, ::testing::Values(TrackFormat::bigwig, TrackFormat::bedgraph));

TEST(BigWig, PyBigWigReadsEveryValue) {
  if (std::system("/usr/bin/python3 -c 'import pyBigWig' > /dev/null 2>&1") != 0)
    GTEST_SKIP() << "skipped: no pyBigWig";
  testing_support::TemporaryFolder folder;
  write(TrackFormat::bigwig, folder.path("t.bw"), 1000);
  write(TrackFormat::bedgraph, folder.path("t.bedgraph"), 1000);
  std::string const script = R"(
import pyBigWig, math, sys
bw = pyBigWig.open(sys.argv[1])
got = bw.chroms(); assert list(got.items()) == [('chr10', 9001), ('chr2', 50), ('chrM', 6000)], got
seen = {c: bw.values(c, 0, n) for c, n in got.items()}
want = {c: [math.nan] * n for c, n in got.items()}
for line in open(sys.argv[2]):
    c, a, b, v = line.split('\t')
    for i in range(int(a), int(b)): want[c][i] = float(v)
for c in got:
    for i, (x, y) in enumerate(zip(seen[c], want[c])):
        assert math.isnan(x) == math.isnan(y) and (math.isnan(x) or abs(x - y) < 1e-6), (c, i, x, y)
assert max(e for s, e, v in bw.intervals('chr10')) == 9001
assert bw.header()['nLevels'] >= 1 and bw.header()['nBasesCovered'] == 9001 + 6000 - 180, bw.header()
flat = [v for v in seen['chr10'] + seen['chrM'] if not math.isnan(v)]
for exact in (True, False):
    mean = bw.stats('chr10', 0, 9001, type='mean', exact=exact)[0]
    assert abs(mean - sum(seen['chr10']) / 9001) < 1e-4, (exact, mean)
print('same')
)";
  folder.write("check.py", script);

  std::string const said = testing_support::output_of("cd '" + folder.path(".") +
                                                      "' && /usr/bin/python3 check.py t.bw t.bedgraph 2>&1");

  EXPECT_EQ(said, "same\n");
}

/// Long enough for eight levels and two tiers of the first one's index, with a gap.
TEST(BigWig, ZoomLevelsSayWhatTheValuesSay) {
  if (std::system("/usr/bin/python3 -c 'import pyBigWig' > /dev/null 2>&1") != 0)
    GTEST_SKIP() << "skipped: no pyBigWig";
  testing_support::TemporaryFolder folder;
  constexpr std::int64_t length = 10'000'019;
  constexpr std::int64_t gap_start = 4000 * 1024;
  constexpr std::int64_t gap_end = 4600 * 1024;
  auto const writer = make_track_writer(TrackFormat::bigwig, folder.path("t.bw"),
                                        {{"a", length}, {"b", 1000}}, IfExists::refuse);
  std::vector<float> values(static_cast<std::size_t>(length));
  for (std::int64_t i = 0; i < length; ++i)
    values[static_cast<std::size_t>(i)] =
        i >= gap_start && i < gap_end ? none : static_cast<float>(i / 1024 % 7 - 3);
  for (std::int64_t start = 0; start < length; start += 65'537) {
    std::int64_t const count = std::min<std::int64_t>(65'537, length - start);
    writer->add(0, start,
                std::span(values).subspan(static_cast<std::size_t>(start), static_cast<std::size_t>(count)));
  }
  writer->add(1, 10, std::vector<float>(500, 2.5F));
  writer->commit();
  folder.write("check.py", R"(
import pyBigWig
bw = pyBigWig.open('t.bw')
assert bw.header()['nLevels'] == 8, bw.header()
whole = 1 << 23
def value(k): return None if 4000 <= k < 4600 else k % 7 - 3  # of the 1,024 bases from 1024 k
for count in (4, 64, 2048):  # bins that are whole bins of the file, of another level each
    step = whole // count // 1024
    for kind in ('mean', 'min', 'max', 'std', 'coverage'):
        got = bw.stats('a', 0, whole, type=kind, nBins=count, exact=False)
        for i, x in enumerate(got):
            y = [v for v in map(value, range(i * step, (i + 1) * step)) if v is not None]
            if not y:
                assert not x, (kind, count, i, x)
                continue
            mean = sum(y) / len(y)
            n = 1024 * len(y)
            true = {'mean': mean, 'min': min(y), 'max': max(y),
                    'std': (1024 * sum((v - mean) ** 2 for v in y) / (n - 1)) ** 0.5,
                    'coverage': len(y) / step}[kind]
            assert abs(x - true) <= 1e-5 * max(1, abs(true)), (kind, count, i, x, true)
assert abs(bw.stats('a', type='mean', exact=False)[0] - bw.stats('a', type='mean', exact=True)[0]) < 1e-3
assert bw.stats('b', 0, 1000, type='mean', exact=False) == [2.5]
print('same')
)");

  std::string const said =
      testing_support::output_of("cd '" + folder.path(".") + "' && /usr/bin/python3 check.py 2>&1 || true");

  EXPECT_EQ(said, "same\n");
}

}  // namespace
}  // namespace cislens::test
