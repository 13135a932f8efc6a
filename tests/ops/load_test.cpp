#include "cislens/ops/load.hpp"

#include "cislens/base/errors.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cislens {
namespace {

TEST(Load, AutoIsTheBestUsableInstructionSet) {
  auto const usable = usable_instruction_sets();
  ASSERT_FALSE(usable.empty());

  Backend const& backend = load_cpu_backend("auto");

  EXPECT_EQ(backend_name(backend), usable.front());
  EXPECT_GE(preferred_sequences(backend), 1);
}

TEST(Load, EveryUsableInstructionSetLoadsByBothItsNames) {
  for (std::string const& isa : usable_instruction_sets()) {
    EXPECT_EQ(backend_name(load_cpu_backend(isa)), isa);
    if (!isa.starts_with("x86-64-")) continue;
    EXPECT_EQ(backend_name(load_cpu_backend(isa.substr(7))), isa);
  }
}

TEST(Load, AnotherNameIsAUsageErrorThatListsTheNames) {
  try {
    load_cpu_backend("x86-64-v9");
    FAIL() << "accepted";
  } catch (UsageError const& error) {
    EXPECT_NE(std::string(error.what()).find(usable_instruction_sets().front()), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace cislens
