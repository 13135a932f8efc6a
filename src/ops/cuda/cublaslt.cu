#include "cublaslt.hpp"
#include "cublaslt_api.hpp"
#include "device.hpp"
#include "launch.cuh"
#include "library_names.cuh"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

namespace cislens::cuda {

namespace {

using namespace cublaslt;

constexpr std::uint64_t usual_rows = 65536;  // what algorithms are chosen for
constexpr std::uint32_t alignment_bytes = 16;

/// What an algorithm is chosen by: all but the number of rows.
using Key =
    std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t, bool, bool, bool>;

struct Library {
  std::mutex mutex;
  bool tried = false;
  std::string problem;
  Functions call{};
  Handle handle = nullptr;
  std::map<Key, Algorithm> algorithms;
};

Library library;

void require(Status status, char const* what) {
  if (status == success) return;
  throw std::runtime_error(std::string("cuBLASLt: ") + what + " gave status " + std::to_string(status));
}

/// A description of cuBLASLt's, given back at the end of its scope.
template <typename Destroy>
struct Owned {
  void* object = nullptr;
  Destroy destroy;

  explicit Owned(Destroy function) : destroy(function) {}
  ~Owned() {
    if (object != nullptr) static_cast<void>(destroy(object));
  }
  Owned(Owned const&) = delete;
  Owned& operator=(Owned const&) = delete;
};

/// cuBLASLt's matrices are columns: our rows are its columns, and y = x W is its D = op(A) B with A = W, B =
/// x.
struct Description {
  Owned<Status (*)(void*)> matmul{library.call.cublasLtMatmulDescDestroy};
  Owned<Status (*)(void*)> a{library.call.cublasLtMatrixLayoutDestroy};
  Owned<Status (*)(void*)> b{library.call.cublasLtMatrixLayoutDestroy};
  Owned<Status (*)(void*)> d{library.call.cublasLtMatrixLayoutDestroy};

  Description(LibraryProduct const& p, std::uint64_t rows) {
    Functions const& call = library.call;
    auto const columns = static_cast<std::uint64_t>(p.columns);
    auto const k = static_cast<std::uint64_t>(p.k);
    require(call.cublasLtMatmulDescCreate(&matmul.object, compute_32f, real_32f), "a description");
    if (p.transposed) set(desc_transpose_a, transposed);
    if (p.bias != nullptr) {
      set(desc_epilogue, epilogue_bias);
      set(desc_bias_pointer, p.bias);
    }
    create(a.object, p.transposed ? k : columns, p.transposed ? columns : k, p.weight_stride);
    create(b.object, k, rows, p.x_stride);
    create(d.object, columns, rows, p.y_stride);
  }
  template <typename T>
  void set(int attribute, T const& value) {
    require(library.call.cublasLtMatmulDescSetAttribute(matmul.object, attribute, &value, sizeof value),
            "an attribute");
  }
  static void create(void*& layout, std::uint64_t rows, std::uint64_t columns, std::int64_t leading) {
    require(library.call.cublasLtMatrixLayoutCreate(&layout, real_32f, rows, columns, leading), "a layout");
  }
};

Algorithm choose_algorithm(LibraryProduct const& p) {
  Functions const& call = library.call;
  Description const description(p, usual_rows);
  Owned<Status (*)(void*)> preference{call.cublasLtMatmulPreferenceDestroy};
  require(call.cublasLtMatmulPreferenceCreate(&preference.object), "a preference");
  auto const prefer = [&](int attribute, auto value) {
    require(call.cublasLtMatmulPreferenceSetAttribute(preference.object, attribute, &value, sizeof value),
            "a preference's attribute");
  };
  prefer(preference_workspace_bytes, std::uint64_t{0});
  prefer(preference_reduction_schemes, reduction_none);
  for (int i = 0; i < 4; ++i) prefer(preference_first_alignment + i, alignment_bytes);
  HeuristicResult result{};
  int found = 0;
  require(call.cublasLtMatmulAlgoGetHeuristic(library.handle, description.matmul.object, description.a.object,
                                              description.b.object, description.d.object,
                                              description.d.object, preference.object, 1, &result, &found),
          "the choice of an algorithm");
  if (found < 1 || result.state != success) throw std::runtime_error("cuBLASLt: no algorithm");
  return result.algorithm;
}

void multiply(LibraryProduct const& p) {
  Key const key{p.columns,  p.k,          p.x_stride,        p.weight_stride,
                p.y_stride, p.transposed, p.bias != nullptr, p.residual != nullptr};
  auto known = library.algorithms.find(key);
  if (known == library.algorithms.end()) known = library.algorithms.emplace(key, choose_algorithm(p)).first;
  Description const description(p, static_cast<std::uint64_t>(p.rows));
  float const one = 1;
  float const beta = p.residual != nullptr ? 1.0F : 0.0F;
  float const* const c = p.residual != nullptr ? p.residual : p.y;
  require(library.call.cublasLtMatmul(library.handle, description.matmul.object, &one, p.weight,
                                      description.a.object, p.x, description.b.object, &beta, c,
                                      description.d.object, p.y, description.d.object, &known->second,
                                      nullptr, 0, stream()),
          "a product");
}

template <typename Function>
void load(void* file, char const* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(file, name));
  if (function == nullptr) throw std::runtime_error(std::string("cuBLASLt: it has no ") + name);
}

/// @param[out] file  its name, or why there is none
void* find_file(std::string& file) {
  file.clear();
  for (char const* name : cublaslt_names) {
    if (void* const found = dlopen(name, RTLD_NOW | RTLD_LOCAL)) {
      file = name;
      return found;
    }
    file += (file.empty() ? "" : "; ") + std::string(dlerror());
  }
  return nullptr;
}

void open_file() {
  std::string name;
  void* const file = find_file(name);
  if (file == nullptr) throw std::runtime_error(name);
  Functions& call = library.call;
  load(file, "cublasLtCreate", call.cublasLtCreate);
  load(file, "cublasLtMatmulDescCreate", call.cublasLtMatmulDescCreate);
  load(file, "cublasLtMatmulDescDestroy", call.cublasLtMatmulDescDestroy);
  load(file, "cublasLtMatmulDescSetAttribute", call.cublasLtMatmulDescSetAttribute);
  load(file, "cublasLtMatrixLayoutCreate", call.cublasLtMatrixLayoutCreate);
  load(file, "cublasLtMatrixLayoutDestroy", call.cublasLtMatrixLayoutDestroy);
  load(file, "cublasLtMatmulPreferenceCreate", call.cublasLtMatmulPreferenceCreate);
  load(file, "cublasLtMatmulPreferenceDestroy", call.cublasLtMatmulPreferenceDestroy);
  load(file, "cublasLtMatmulPreferenceSetAttribute", call.cublasLtMatmulPreferenceSetAttribute);
  load(file, "cublasLtMatmulAlgoGetHeuristic", call.cublasLtMatmulAlgoGetHeuristic);
  load(file, "cublasLtMatmul", call.cublasLtMatmul);
  require(call.cublasLtCreate(&library.handle), "a handle");
}

/// Device memory for a moment.
struct Moment {
  DeviceMemory memory = device_memory();
  float* data;

  explicit Moment(std::vector<float> const& values)
      : data(static_cast<float*>(memory.allocate(values.size() * sizeof(float)))) {
    if (data == nullptr) throw std::runtime_error("cuBLASLt: no GPU memory for its test");
    memory.copy_to_device(data, values.data(), values.size() * sizeof(float));
  }
  ~Moment() { memory.release(data); }
  Moment(Moment const&) = delete;
  Moment& operator=(Moment const&) = delete;
};

/// Whole numbers whose products and sums are exact in float32 and, for x has 12 bits, would not be in TF32.
void prove(bool transposed, bool with_extras) {
  constexpr std::int64_t rows = 37;
  constexpr std::int64_t columns = 72;
  constexpr std::int64_t k = 64;
  std::vector<float> x(rows * k);
  std::vector<float> weight(k * columns);
  std::vector<float> bias(columns);
  std::vector<float> expected(rows * columns);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * 37 % 4001);
  for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = static_cast<float>(i * 11 % 7) - 3;
  for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = static_cast<float>(i);
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c) {
      float sum = with_extras ? bias[c] + x[c] : 0;
      for (std::int64_t i = 0; i < k; ++i)
        sum += x[r * k + i] * weight[transposed ? c * k + i : i * columns + c];
      expected[r * columns + c] = sum;
    }
  }
  std::vector<float> residual(expected.size());
  for (std::size_t i = 0; i < residual.size(); ++i) residual[i] = x[i % columns];
  Moment const on_x(x), on_weight(weight), on_bias(bias), on_residual(residual), on_y(residual);
  multiply({rows, columns, k, on_x.data, k, on_weight.data, transposed ? k : columns, transposed,
            with_extras ? on_bias.data : nullptr, with_extras ? on_residual.data : nullptr, on_y.data,
            columns});
  std::vector<float> y(expected.size());
  on_y.memory.copy_to_host(y.data(), on_y.data, y.size() * sizeof(float));
  if (y != expected) throw std::runtime_error("cuBLASLt: a product is not what it should be");
}

/// CISLENS_CUBLASLT: 0, own kernels always; 1, an error where cuBLASLt cannot be used. For measurements.
bool asked_for(char const* value) {
  char const* const wanted = std::getenv("CISLENS_CUBLASLT");
  return wanted != nullptr && std::strcmp(wanted, value) == 0;
}

void open_library() {
  if (asked_for("0")) throw std::runtime_error("CISLENS_CUBLASLT is 0");
  open_file();
  for (bool const transposed : {false, true}) {
    for (bool const with_extras : {false, true}) prove(transposed, with_extras);
  }
}

bool aligned(void const* pointer) { return reinterpret_cast<std::uintptr_t>(pointer) % alignment_bytes == 0; }

/// Shapes for which the library is asked: not by the number of rows, so that every row is multiplied alike.
bool fits(LibraryProduct const& p) {
  return p.columns >= 64 && p.k >= 64 && p.x_stride % 4 == 0 && p.weight_stride % 4 == 0 &&
         p.y_stride % 4 == 0 && aligned(p.x) && aligned(p.weight) && aligned(p.bias) && aligned(p.residual) &&
         aligned(p.y);
}

}  // namespace

bool multiply_by_library(LibraryProduct const& product) {
  if (product.rows == 0 || !fits(product)) return false;
  std::lock_guard const lock(library.mutex);
  try {
    static_cast<void>(stream());  // selects the device in this thread: the library's handle belongs to it
    if (!library.tried) {
      library.tried = true;
      open_library();
    }
    if (!library.problem.empty()) return false;
    multiply(product);
    return true;
  } catch (std::runtime_error const& error) {
    library.problem = error.what();
    if (asked_for("1")) throw;
    return false;
  }
}

std::string describe_products() {
  std::lock_guard const lock(library.mutex);
  if (!library.problem.empty()) return "own kernels: " + library.problem;
  if (asked_for("0")) return "own kernels: CISLENS_CUBLASLT is 0";
  std::string name;
  // It stays open: loading is what takes time, and the first product will ask for it again.
  return (find_file(name) != nullptr ? "cuBLASLt: " : "own kernels: ") + name;
}

}  // namespace cislens::cuda
