#include "cislens/base/threads.hpp"
#include "cislens/ops/dense.hpp"

#include "support/backends.hpp"
#include "support/guarded.hpp"

namespace cislens {
namespace {

using namespace test;

// More than one piece of rows, columns and elements, and no multiple of any.
constexpr std::int64_t rows = 2100;
constexpr std::int64_t in = 40;
constexpr std::int64_t out = 130;

/// Everything the dense layers compute from one set of numbers, one after another.
std::vector<float> all_results(Context& context) {
  Guarded const x(rows, in, random_floats(rows * in, 1));
  Guarded const weight(in, out, random_floats(in * out, 2));
  Guarded const row(1, in, random_floats(in, 3));
  Guarded const dy(rows, out, random_floats(rows * out, 4));
  Guarded y(rows, out), hidden(rows, out), dx(rows, in), normed(rows, in), dropped(rows, out);
  Guarded mean(1, rows), rstd(1, rows), dnormed(rows, in);
  Guarded dweight(in, out, random_floats(in * out, 5)), dbias(1, out, random_floats(out, 6));
  Guarded dgain(1, in, random_floats(in, 7)), dshift(1, in, random_floats(in, 8));
  linear_forward(context, x.view(), weight.view(), {}, dy.view(), y.view());
  linear_backward(context, x.view(), weight.view(), dy.view(), dx.view(), dweight.view(), dbias.view());
  layer_norm_forward(context, x.view(), row.view(), row.view(), 1e-5F, normed.view(), mean.view(),
                     rstd.view());
  layer_norm_backward(context, x.view(), row.view(), mean.view(), rstd.view(), dx.view(), x.view(),
                      dnormed.view(), dgain.view(), dshift.view());
  gelu_forward(context, y.view(), hidden.view());
  dropout(context, hidden.view(), 0.25F, 9, 3, dropped.view());
  std::vector<float> all;
  for (Guarded const* part :
       {&y, &hidden, &dx, &normed, &dropped, &mean, &rstd, &dnormed, &dweight, &dbias, &dgain, &dshift}) {
    std::vector<float> const values = part->values();
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

using DenseTeam = OnBackend;

TEST_P(DenseTeam, GivesTheBitsOfOneThread) {
  for (Precision const precision : {Precision::float32, Precision::bf16}) {
    context.set_precision(precision);
    std::vector<float> const alone = all_results(context);
    for (int const count : {1, 2, 3}) {
      Threads threads(count);
      Context team(GetParam().load(), threads);
      team.set_precision(precision);

      std::vector<float> const together = all_results(team);

      EXPECT_TRUE(same_bits(together, alone)) << count;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, DenseTeam, ::testing::ValuesIn(cpu_backends()), test_name);

}  // namespace
}  // namespace cislens
