#include "cislens/ops/workers.hpp"

#include "backend.hpp"

namespace cislens {

Workers::Workers(Backend const& backend, Threads& threads) : threads_(threads) {
  int const count = backend.memory.is_host ? threads.count() : 1;
  for (int i = 0; i < count; ++i) contexts_.emplace_back(backend);
}

void Workers::for_each(std::int64_t items, std::function<void(std::int64_t item, int worker)> const& work) {
  if (count() > 1) return threads_.for_each(items, work);
  for (std::int64_t item = 0; item < items; ++item) work(item, 0);
}

}  // namespace cislens
