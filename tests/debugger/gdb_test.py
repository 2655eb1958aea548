"""Can one step through the library, and see tensors?   gdb -batch -nx -x tools/gdb/stepgpt_gdb.py -x gdb_test.py walk

Ends with the line `gdb: all checks passed`; a check that fails says what was seen.
"""
import re

import gdb

# Lines that one passes in one row of three values: see layer_norm_forward.
MOST_STEPS_IN_A_ROW = 35

failures = []


def check(what, holds, seen):
    if not holds:
        failures.append(what)
        print("FAILED: %s, seen:\n%s" % (what, seen))


def run(command):
    return gdb.execute(command, to_string=True)


def line_of(mark):
    with open(gdb.lookup_symbol("main")[0].symtab.fullname()) as source:
        return next(number for number, text in enumerate(source, 1) if mark in text)


def steps_until(mark, most=2000):
    """Counts `step` to the marked line of walk.cpp, and lists the functions met."""
    goal, met = line_of(mark), set()
    for steps in range(1, most):
        run("step")
        frame = gdb.selected_frame()
        met.add(re.sub(r"[<(].*", "", frame.name()))
        if frame.find_sal().line == goal and frame.find_sal().symtab.filename.endswith("walk.cpp"):
            return steps, met
    return most, met


for setting in ("pagination off", "width 0", "startup-with-shell off"):
    run("set " + setting)
check("sourced twice, as by an editor and a .gdbinit: each skip rule once", run("info skip").count("stepgpt::") == 1, run("info skip"))

run("break one_row")
try:
    run("run")
except gdb.error as problem:   # a container without the right to trace
    print("skipped: gdb cannot run a program here (%s)" % problem)
    run("quit 0")

steps, met = steps_until("row done")
print("%d steps through one plain layer-norm row of three" % steps)
check("one row takes at most %d steps" % MOST_STEPS_IN_A_ROW, steps <= MOST_STEPS_IN_A_ROW, steps)
check("a row is stepped through, not over", "stepgpt::layer_norm_forward" in met, met)

run("break one_layer")
run("continue")
steps_until("norm.forward")
steps, met = steps_until("layer done")
print("%d steps through one layer of two rows, in %s" % (steps, sorted(met)))
strangers = [name for name in met if not re.match(r"(one_layer$|stepgpt::layer_norm)", name)]
check("no step leaves the maths", not strangers, strangers)

seen = run("tensor caches")
print(seen)
check("`tensor` looks into vectors and structs", re.search(r"caches\[1\]\.y +float\[1x2x3\] mean -?\S+ std 1 ", seen), seen)
seen = run("tensor norm")
check("`tensor` finds weights by name", "norm.weight.value  float[3] mean 1 std 0 min 1 max 1" in seen, seen)
seen = run("tensor norm.name")
check("`tensor` says so when there is none", "no tensor" in seen, seen)

run("break %d" % line_of("kinds done"))
run("continue")
for expression, wanted in (
        ("matrix", "float[2x3] mean 3.5 std 1.708 min 1 max 6 = {[0] = [1 2 3], [1] = [4 5 6]}"),
        ("vector", "double[2] mean -0.5 std 1 min -1.5 max 0.5 = {[0] = 0.5, [1] = -1.5}"),
        ("ids", "int[2x2] mean 1.75 std 1.92 min -1 max 4 = {[0] = [3 1], [1] = [4 -1]}"),
        ("broken", "float[2x2] mean 2.5 std 1.5 min 1 max 4  !! 2 of 4 not finite = {[0] = [1 nan], [1] = [inf 4]}"),
        ("empty", "float[0x0] (empty)"),
        ("lazy", "<a lazy xt::xfunction: not computed; assign it to a tensor to see values>")):
    seen = run("print " + expression)
    check("print " + expression, wanted in seen, seen)
seen = run("tensors")
print(seen)
check("`tensors` lists every tensor here", all(name in seen for name in ("matrix", "vector", "ids", "broken", "empty")), seen)

print("gdb: all checks passed" if not failures else "gdb: %d checks failed" % len(failures))
run("kill")
run("quit %d" % bool(failures))
