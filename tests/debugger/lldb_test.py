"""The same for lldb.   lldb -b -o 'command script import stepgpt_lldb.py' -o 'command script import lldb_test.py' \
                          -o 'breakpoint set -f walk.cpp -p "norm_forward.cpu|norm.forward|kinds done"' -o run -o check walk

Ends with the line `lldb: all checks passed`; a check that fails says what was seen.
"""
import re

import lldb

MOST_STEPS_IN_A_ROW = 35


def line_of(frame):
    return frame.GetLineEntry().GetLine()


def steps_over_this_line(thread):
    """Counts the steps to the next line of walk.cpp, and lists the functions met."""
    goal, met = line_of(thread.GetFrameAtIndex(0)) + 1, set()
    for steps in range(1, 2000):
        thread.StepInto()
        frame = thread.GetFrameAtIndex(0)
        met.add(re.sub(r"^.*?(\w[\w:]*)[<(].*", r"\1", frame.GetFunctionName() or "nowhere"))
        if line_of(frame) == goal and frame.GetLineEntry().GetFileSpec().GetFilename() == "walk.cpp":
            return steps, met
    return 2000, met


def check(debugger, command, result, _):
    process = debugger.GetSelectedTarget().GetProcess()
    thread = process.GetSelectedThread()
    failures = []

    def expect(what, holds, seen):
        if not holds:
            failures.append(what)
            print("FAILED: %s, seen: %s" % (what, seen))

    steps, met = steps_over_this_line(thread)
    print("%d steps through one plain layer-norm row of three, in %s" % (steps, sorted(met)))
    expect("one row takes at most %d steps" % MOST_STEPS_IN_A_ROW, steps <= MOST_STEPS_IN_A_ROW, steps)
    expect("a row is stepped through, not over", "stepgpt::layer_norm_forward" in met, met)

    process.Continue()
    steps, met = steps_over_this_line(thread)
    print("%d steps through one layer of two rows, in %s" % (steps, sorted(met)))
    strangers = [name for name in met if not re.match(r"one_layer|(stepgpt::)?layer_norm|forward", name)]
    expect("no step leaves the maths", not strangers, strangers)

    process.Continue()
    frame = thread.GetFrameAtIndex(0)
    for name, wanted in (
            ("matrix", "float[2x3] mean 3.5 std 1.708 min 1 max 6 {1 2 3 4 5 6}"),
            ("vector", "double[2] mean -0.5 std 1 min -1.5 max 0.5 {0.5 -1.5}"),
            ("ids", "int[2x2] mean 1.75 std 1.92 min -1 max 4 {3 1 4 -1}"),
            ("broken", "float[2x2] mean 2.5 std 1.5 min 1 max 4  !! 2 of 4 not finite {1 nan inf 4}"),
            ("empty", "float[0x0] (empty)")):
        seen = frame.FindVariable(name).GetSummary()
        expect(name, seen == wanted, seen)

    process.Kill()
    print("lldb: all checks passed" if not failures else "lldb: %d checks failed" % len(failures))


def __lldb_init_module(debugger, _):
    debugger.HandleCommand("command script add -f lldb_test.check check")
