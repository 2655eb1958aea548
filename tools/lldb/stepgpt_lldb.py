"""Tensors and steps in lldb.

    (lldb) command script import tools/lldb/stepgpt_lldb.py
    (lldb) frame variable y     float[2x3] mean 0.3333 std 0.243 min 0.09003 max 0.6652 {0.09003 0.2447 0.6652 ...}
    (lldb) step                 stays in our own lines: never into xtensor, xsimd, std, or a check or trace of stepgpt

Not here: what tools/gdb has beyond this, a list of all tensors of a function or inside a struct.
On Debian 12 lldb finds its Python module only with PYTHONPATH=/usr/lib/llvm-14/lib/python3.11/dist-packages.
"""
import math
import struct

import lldb

# lldb's names of template functions begin with the return type ("void stepgpt::fill<...>"), hence the blank. Not quoted.
STEP_AVOID = (r"(^|[ ])((std|xt|xtl|xsimd|__gnu_cxx|nlohmann)::"
              r"|stepgpt::(expect_shape|resize|fill|trace|tracing|dotted|shape_text)[<(])")
KINDS = r"^(const )?xt::x(tensor|array)_container<.*>( ?&)?$"   # `>$`: a nested ::storage_type is none

SHOWN = 8
FORMATS = {"float": "f", "double": "d", "int": "i", "unsigned int": "I", "long": "q", "unsigned long": "Q"}


def member(value, name):
    return value.GetNonSyntheticValue().GetChildMemberWithName(name)


def shape_of(value):
    shape = member(value, "m_shape")
    for name in ("_M_elems", "__elems_"):               # std::array of libstdc++, of libc++
        elements = member(shape, name)
        if elements and elements.IsValid():
            return [elements.GetChildAtIndex(i).GetValueAsUnsigned() for i in range(elements.GetNumChildren())]
    first, last = member(shape, "m_begin"), member(shape, "m_end")   # xt::svector, inside xt::xarray
    rank = (last.GetValueAsUnsigned() - first.GetValueAsUnsigned()) // 8
    problem = lldb.SBError()
    return [first.GetPointeeData(i, 1).GetUnsignedInt64(problem, 0) for i in range(rank)]


def values_of(value, count):
    first, last = (member(member(value, "m_storage"), name) for name in ("p_begin", "p_end"))
    kind = first.GetType().GetPointeeType().GetCanonicalType().GetUnqualifiedType().GetName()
    size = struct.calcsize(FORMATS[kind])
    if count * size > last.GetValueAsUnsigned() - first.GetValueAsUnsigned():
        raise ValueError("not constructed yet")
    if count == 0:
        return kind, []
    problem = lldb.SBError()
    raw = value.GetProcess().ReadMemory(first.GetValueAsUnsigned(), count * size, problem)
    if problem.Fail():
        raise ValueError(problem)
    return kind, list(struct.unpack("%d%s" % (count, FORMATS[kind]), raw))


def summary(value, _):
    value = value.GetNonSyntheticValue()
    if value.GetType().IsReferenceType():
        value = value.Dereference()
    try:
        shape = shape_of(value)
        kind, values = values_of(value, math.prod(shape))
    except Exception as problem:        # lldb prints nothing at all if one escapes
        return "<%s>" % problem
    line = "%s[%s]" % (kind, "x".join(map(str, shape)))
    if not values:
        return line + " (empty)"
    finite = [number for number in values if math.isfinite(number)]
    if finite:
        mean = sum(finite) / len(finite)
        std = math.sqrt(sum((number - mean) ** 2 for number in finite) / len(finite))
        line += " mean %.4g std %.4g min %.4g max %.4g" % (mean, std, min(finite), max(finite))
    if len(finite) < len(values):
        line += "  !! %d of %d not finite" % (len(values) - len(finite), len(values))
    return line + " {%s%s}" % (" ".join("%.4g" % number for number in values[:SHOWN]), " ..." if len(values) > SHOWN else "")


class NoChildren:
    """Hides base classes and members: the summary is the whole picture."""

    def __init__(self, value, _):
        pass

    def num_children(self):
        return 0

    def get_child_index(self, name):
        return -1

    def get_child_at_index(self, index):
        return None


def __lldb_init_module(debugger, _):
    debugger.HandleCommand('type summary add -x "%s" -F stepgpt_lldb.summary' % KINDS)
    debugger.HandleCommand('type synthetic add -x "%s" -l stepgpt_lldb.NoChildren' % KINDS)
    debugger.HandleCommand("settings set target.process.thread.step-avoid-regexp " + STEP_AVOID)
