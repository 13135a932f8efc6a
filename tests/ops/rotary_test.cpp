#include "cislens/ops/attention.hpp"

#include "reference/position.hpp"
#include "support/backends.hpp"
#include "support/derived_limit.hpp"
#include "support/guarded.hpp"

namespace cislens {
namespace {

using namespace test;

using Rotary = OnBackend;

TEST_P(Rotary, MatchesReferenceAndTurnsBack) {
  for (std::int64_t const channels : {2, 8, 20, 32, 64}) {
    std::int64_t const tokens = 33;
    reference::AttentionShape const shape{2, tokens, 3, channels};
    auto const values = random_floats(2 * tokens * 3 * channels, 1);
    Guarded x(2 * tokens, 3 * channels, 9 * channels + 1, values);
    Guarded angles(tokens, channels);
    rotary_angles(100, angles.host());

    rotary(context, angles.view(), 3, 1.0F, x.view());
    auto const turned = x.values();
    rotary(context, angles.view(), 3, -1.0F, x.view());

    auto const exact = reference::rotary(shape, 100, 1, as<double>(values));
    auto const single = reference::rotary(shape, 100, 1, values);
    double const limit = derived_limit(exact, single, 0);
    EXPECT_TRUE(close(turned, exact, limit)) << channels;
    EXPECT_TRUE(close(x.values(), as<double>(values), 2 * limit)) << channels;
    EXPECT_TRUE(x.intact() && angles.intact());
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, Rotary, ::testing::ValuesIn(test_backends()), test_name);

}  // namespace
}  // namespace cislens
