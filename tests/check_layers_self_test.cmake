# Proves that check_layers.cmake finds what it is there to find:
#
#   cmake -DCHECK=tests/check_layers.cmake -DWORK=<scratch folder> -P tests/check_layers_self_test.cmake
#
# Every case is a tree of one file; the good ones must pass, the bad ones must be named.
cmake_policy(VERSION 3.25)

# run_case(<pass|fail> <file> <line>): the verdict on a tree that holds <file> with <line> in it.
function(run_case expected file line)
  file(REMOVE_RECURSE "${WORK}")
  file(WRITE "${WORK}/${file}" "#pragma once\n${line}\n")
  execute_process(COMMAND ${CMAKE_COMMAND} -DROOT=${WORK} -P ${CHECK} RESULT_VARIABLE result ERROR_VARIABLE output)
  if(expected STREQUAL "pass" AND NOT result EQUAL 0)
    message(FATAL_ERROR "${file} with '${line}' should pass, but:\n${output}")
  elseif(expected STREQUAL "fail" AND (result EQUAL 0 OR NOT output MATCHES "${file}: "))
    message(FATAL_ERROR "${file} with '${line}' should be found, but:\n${output}")
  endif()
endfunction()

run_case(pass include/cislens/model/x.hpp "#include \"cislens/ops/linear.hpp\"")
run_case(pass src/seqio/x.cpp "#include <htslib/sam.h>")
run_case(pass src/readout/x.cpp "#include <Eigen/Core>")
run_case(pass src/ops/cpu/x.cpp "#include \"../backend.hpp\"")
run_case(pass src/ops/cuda/x.cu "#include <cuda_runtime.h>")
run_case(pass src/writers/x.cpp "#include <bigWig.h>")
run_case(pass src/cli/x.cpp "#include <boost/program_options.hpp>")

run_case(fail include/cislens/ops/x.hpp "#include \"cislens/model/block.hpp\"")
run_case(fail src/motif/x.cpp "  #  include <cislens/train/loop.hpp>")
run_case(fail src/base/x.cpp "#include \"cislens/seqio/fasta.hpp\"")
run_case(fail src/base/x.cpp "#include \"cislens/nowhere/x.hpp\"")
run_case(fail src/model/x.cpp "#include \"../ops/backend.hpp\"")
run_case(fail src/model/x.cpp "#include \"ops/backend.hpp\"")
run_case(fail include/cislens/seqio/x.hpp "#include <htslib/sam.h>")
run_case(fail src/data/x.cpp "#include <seqan3/alphabet/nucleotide/dna5.hpp>")
run_case(fail src/model/x.cpp "#include <Eigen/Dense>")
run_case(fail src/ops/cuda/x.cu "#include <Eigen/Core>")
run_case(fail src/ops/cuda/x.cuh "#include <boost/version.hpp>")
run_case(fail src/train/x.cpp "#include <boost/version.hpp>")
run_case(fail src/motif/x.cpp "#include <bigWig.h>")
run_case(fail src/model/x.cpp "#include <cuda_runtime.h>")
run_case(fail src/model/x.cu "int x;")
run_case(fail src/tensor/x.cpp "#ifdef CISLENS_CUDA")
run_case(fail src/tensor/x.cpp "#if defined(__CUDACC__)")
run_case(fail src/extra/x.cpp "int x;")
file(REMOVE_RECURSE "${WORK}")
