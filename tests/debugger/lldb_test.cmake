# Runs LLDB on PROGRAM with TOOLS and lldb_test.py. Debian 12 hides lldb's Python module, so it is looked for beside lldb.

get_filename_component(real ${LLDB} REALPATH)
get_filename_component(bin ${real} DIRECTORY)
file(GLOB modules ${bin}/../lib/python3*/*-packages)
list(JOIN modules ":" modules)
set(ENV{PYTHONPATH} "${modules}")

execute_process(
    COMMAND ${LLDB} -b
        -o "command script import ${TOOLS}"
        -o "command script import ${CMAKE_CURRENT_LIST_DIR}/lldb_test.py"
        -o "breakpoint set -f walk.cpp -p \"norm_forward.cpu|norm.forward|kinds done\""
        -o run
        -o check
        ${PROGRAM}
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output)
message("${output}")
if(output MATCHES "No module named 'lldb|unable to find the python|error: .A. packet returned")
    message("skipped: lldb has no Python here, or may not run programs")
elseif(NOT output MATCHES "lldb: all checks passed")
    message(FATAL_ERROR "lldb's output is above")
endif()
