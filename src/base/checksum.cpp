#include "cislens/base/checksum.hpp"

#include <xxhash.h>

#include <array>
#include <cstdio>
#include <new>

namespace cislens {

struct Checksum::State {
  XXH3_state_t* xxh3 = XXH3_createState();
  State() {
    if (xxh3 == nullptr) throw std::bad_alloc();
    XXH3_64bits_reset(xxh3);
  }
  ~State() { XXH3_freeState(xxh3); }
  State(State const&) = delete;
  State& operator=(State const&) = delete;
};

Checksum::Checksum() : state_(std::make_unique<State>()) {}
Checksum::~Checksum() = default;

void Checksum::add(void const* bytes, std::size_t count) { XXH3_64bits_update(state_->xxh3, bytes, count); }

std::uint64_t Checksum::value() const { return XXH3_64bits_digest(state_->xxh3); }

std::string Checksum::text() const {
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(value()));
  return digits.data();
}

std::string checksum_text(std::string_view bytes) {
  Checksum checksum;
  checksum.add(bytes);
  return checksum.text();
}

}  // namespace cislens
