# AddressSanitizer and UndefinedBehaviorSanitizer:  cmake -C tests/asan.cmake -S . -B build-asan
set(CISLENS_SANITIZE ON CACHE BOOL "Build with AddressSanitizer and UndefinedBehaviorSanitizer")
set(CISLENS_TESTS ON CACHE BOOL "Build the tests")
set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type")
