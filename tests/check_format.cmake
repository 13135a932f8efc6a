# Every C++ file as clang-format would write it:  cmake -DROOT=<repository> -P tests/check_format.cmake
# Versions lay code out differently; the one that decides is Debian 12's. Without it the check says "skipped".
cmake_policy(VERSION 3.25)
set(deciding_version 14)

find_program(clang_format NAMES clang-format-${deciding_version} clang-format)
if(NOT clang_format)
  message("skipped: clang-format is not installed")
  return()
endif()
execute_process(COMMAND ${clang_format} --version OUTPUT_VARIABLE version)
if(NOT version MATCHES "version ${deciding_version}[.]")
  message("skipped: clang-format ${deciding_version} decides the layout, found ${version}")
  return()
endif()

file(GLOB_RECURSE files "${ROOT}/include/*" "${ROOT}/src/*" "${ROOT}/tests/*")
list(FILTER files INCLUDE REGEX "[.](hpp|cpp|cu|cuh)$")
execute_process(COMMAND ${clang_format} -style=file --dry-run --Werror ${files} RESULT_VARIABLE result ERROR_VARIABLE output)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "clang-format -style=file -i <file> is needed for:\n${output}")
endif()
