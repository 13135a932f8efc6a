// The dense products of a training step, float32 and bf16, beside oneDNN's sgemm when this machine has it
// (libdnnl, opened at run time): GFLOP/s and share of the measured multiply-add peak, one line a shape.
//
//   dense_bench [auto|v2|v3|v4]
//
// One thread, CPU time, best of 15, both sides in turn. oneDNN chooses its own instruction set.

#include "cislens/ops/dense.hpp"
#include "cislens/ops/load.hpp"
#include "cislens/tensor/tensor.hpp"

#include "peak.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <functional>
#include <string>
#include <vector>

namespace cislens::bench {
namespace {

struct Shape {
  std::int64_t rows, in, out;
};
constexpr Shape shapes[] = {{200, 128, 384}, {800, 128, 128}, {800, 128, 384},
                            {800, 128, 512}, {800, 512, 128}, {4000, 128, 512}};

using Sgemm = int (*)(char, char, std::int64_t, std::int64_t, std::int64_t, float, float const*, std::int64_t,
                      float const*, std::int64_t, float, float*, std::int64_t);

Sgemm find_sgemm() {
  for (char const* name : {"libdnnl.so.2", "libdnnl.so.3"}) {
    if (void* const library = dlopen(name, RTLD_NOW | RTLD_LOCAL))
      return reinterpret_cast<Sgemm>(dlsym(library, "dnnl_sgemm"));
  }
  return nullptr;
}

struct Operands {
  Tensor x, weight, y, dx, dweight;

  explicit Operands(Shape const& s)
      : x(s.rows, s.in), weight(s.in, s.out), y(s.rows, s.out), dx(s.rows, s.in), dweight(s.in, s.out) {
    for (Tensor* tensor : {&x, &weight, &y})
      std::fill(tensor->values().begin(), tensor->values().end(), 0.25F);
  }
};

/// y = x W, dx = y W^T, dweight += x^T y.
struct Side {
  char const* name;
  std::function<void(Operands&)> products[3];
};

Side own(Context& context, char const* name) {
  return {name,
          {[&](Operands& o) { linear_forward(context, o.x.view(), o.weight.view(), {}, {}, o.y.view()); },
           [&](Operands& o) {
             linear_backward(context, o.x.view(), o.weight.view(), o.y.view(), o.dx.view(), {}, {});
           },
           [&](Operands& o) {
             linear_backward(context, o.x.view(), o.weight.view(), o.y.view(), {}, o.dweight.view(), {});
           }}};
}

Side onednn(Sgemm sgemm, Shape const& s) {
  auto const data = [](Tensor& tensor) { return tensor.values().data(); };
  return {"oneDNN",
          {[=](Operands& o) {
             sgemm('N', 'N', s.rows, s.out, s.in, 1, data(o.x), s.in, data(o.weight), s.out, 0, data(o.y),
                   s.out);
           },
           [=](Operands& o) {
             sgemm('N', 'T', s.rows, s.in, s.out, 1, data(o.y), s.out, data(o.weight), s.out, 0, data(o.dx),
                   s.in);
           },
           [=](Operands& o) {
             sgemm('T', 'N', s.in, s.out, s.rows, 1, data(o.x), s.in, data(o.y), s.out, 1, data(o.dweight),
                   s.out);
           }}};
}

void measure(Backend const& backend) {
  Context single(backend);
  Context half(backend);
  half.set_precision(Precision::bf16);
  Sgemm const sgemm = find_sgemm();
  double const peak = measured_peak(std::string(backend_name(backend)));
  std::printf("peak %.1f GFLOP/s (bf16 %.1f)\nrows in out: side  y  dx  dweight\n", peak,
              measured_bf16_peak());
  for (Shape const& s : shapes) {
    Operands operands(s);
    std::vector<Side> sides{own(single, "float32"), own(half, "bf16")};
    if (sgemm != nullptr) sides.push_back(onednn(sgemm, s));
    double best[3][3];
    std::fill_n(&best[0][0], 9, 1e9);
    for (int repeat = 0; repeat < 15; ++repeat) {
      for (std::size_t side = 0; side < sides.size(); ++side) {
        for (int product = 0; product < 3; ++product) {
          double const start = thread_seconds();
          for (int i = 0; i < 4; ++i) sides[side].products[product](operands);
          best[side][product] = std::min(best[side][product], (thread_seconds() - start) / 4);
        }
      }
    }
    double const gflop = 2e-9 * static_cast<double>(s.rows * s.in * s.out);
    for (std::size_t side = 0; side < sides.size(); ++side) {
      std::printf("%lld %lld %lld: %-8s", static_cast<long long>(s.rows), static_cast<long long>(s.in),
                  static_cast<long long>(s.out), sides[side].name);
      for (double const seconds : best[side]) std::printf(" %6.1f", gflop / seconds);
      std::printf("\n");
    }
  }
}

}  // namespace
}  // namespace cislens::bench

int main(int argc, char** argv) {
  setenv("OMP_NUM_THREADS", "1", 1);  // oneDNN's
  cislens::bench::measure(cislens::load_cpu_backend(argc > 1 ? argv[1] : "auto"));
}
