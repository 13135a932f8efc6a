#include "support/guarded_backend.hpp"

#include "cislens/ops/dense.hpp"

#include "support/network_backends.hpp"

#include <vector>

namespace cislens {
namespace {

using namespace test;

TEST(GuardedBackendDeathTest, HostCodeThatReadsDeviceMemoryCrashes) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  Context context(guarded_backend());
  View const x = context.arena().matrix(1, 4);

  EXPECT_DEATH(
      {
        float volatile const value = x.data[0];
        static_cast<void>(value);
      },
      "");
}

TEST(GuardedBackend, AFunctionThatGetsHostMemoryIsToldApart) {
  Context context(guarded_backend());
  View const y = context.arena().matrix(1, 4);
  std::vector<float> x(4);

  EXPECT_THROW(add(context, {x.data(), 1, 4}, y, y), std::logic_error);
  EXPECT_NO_THROW(add(context, on_device(context, {x.data(), 1, 4}), y, y));
}

TEST(DeviceCopy, GoesThereAndBack) {
  for (NetworkBackend const& backend : network_backends()) {
    Context context(backend.load());
    std::vector<float> values{1, 2, 3};
    DeviceCopy<float> const copy(context.memory(), values);

    add(context, copy.view(), copy.view(), copy.view());
    EXPECT_EQ(values[0], context.memory().is_host ? 2 : 1);
    copy.download();

    EXPECT_EQ(values, (std::vector<float>{2, 4, 6}));
  }
}

TEST(DeviceBlock, IsZeroAtFirst) {
  for (NetworkBackend const& backend : network_backends()) {
    Context context(backend.load());
    DeviceBlock const block(context.memory(), 5);

    EXPECT_EQ(values_of(context, block.view()), std::vector<float>(5)) << backend.name;
  }
}

}  // namespace
}  // namespace cislens
