"""Tensors and steps in gdb.

    (gdb) source tools/gdb/stepgpt_gdb.py
    (gdb) print y            float[2x3] mean 0.3333 std 0.243 min 0.09003 max 0.6652 = {[0] = [0.09003 0.2447 0.6652], ...}
    (gdb) tensor y           one line: element type, shape, statistics, how many values are not finite
    (gdb) tensor cache       one line for every tensor inside a struct or vector: cache.h[0].attn.att, ...
    (gdb) tensors            one line for every tensor among the arguments and locals of this function
    (gdb) step               stays in our own lines: never into xtensor, xsimd, std, or a check or trace of stepgpt

Not here: lazy xtensor expressions have no values to show; their printer says so.
"""
import math
import re

import gdb
import gdb.printing

LIBRARIES = r"^(xt|xtl|xsimd|std|__gnu_cxx|nlohmann)::"
CHORES = r"^stepgpt::(expect_shape|resize|fill|trace|tracing|dotted|shape_text)[<(]"

DENSE = r"^xt::x(tensor|array|fixed)_(container|adaptor)<"
LAZY = r"^xt::x(function|view|broadcast|reducer|generator|strided_view|dynamic_view)<"

LONGEST_ROW = 8     # a longer one is shown as its first 4 and last 3 values
MOST_ROWS = 16      # of a tensor that is printed
MOST_ELEMENTS = 64  # of a tensor with one dimension
MOST_BLOCKS = 64    # of a vector that `tensor` looks into
DEEPEST = 8         # structs inside structs that `tensor` looks into

FORMATS = {"float": "f", "double": "d", "int": "i", "unsigned int": "I", "long": "q", "unsigned long": "Q",
           "short": "h", "unsigned short": "H", "char": "b", "signed char": "b", "unsigned char": "B", "bool": "?"}


def dereferenced(value):
    return value.referenced_value() if value.type.code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF) else value


def fields(value):
    kind = value.type.strip_typedefs()
    return kind.fields() if kind.code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION) else []


def span(value):
    """(pointer to the first, count) of what holds elements: std::array, std::vector, and xtensor's own kinds."""
    names = [field.name for field in fields(value)]
    if "_M_elems" in names:
        return value["_M_elems"][0].address, int(value.type.strip_typedefs().template_argument(1))
    if "_M_impl" in names:
        first, last = value["_M_impl"]["_M_start"], value["_M_impl"]["_M_finish"]
        return first, int(last - first)
    for first, last in (("p_begin", "p_end"), ("m_begin", "m_end")):
        if first in names:
            return value[first], int(value[last] - value[first])
    if "p_data" in names:
        return value["p_data"], int(value["m_size"])
    if "m_data" in names:
        return span(value["m_data"])
    for field in fields(value):
        if field.is_base_class:
            found = span(value[field])
            if found:
                return found
    return None


class Tensor:
    """Shape, element type and values of a dense xtensor container. Raises TypeError for anything else."""

    def __init__(self, value):
        value = dereferenced(value)
        if not re.match(DENSE, str(value.type.strip_typedefs().unqualified())):
            raise TypeError("not a dense tensor")
        storage = span(dereferenced(value["m_storage"]))
        if storage is None:
            raise TypeError("a container of an unknown kind")
        self.shape = self.shape_of(value)
        first, count = storage
        element = first.type.strip_typedefs().target().strip_typedefs().unqualified()
        self.first = first.cast(element.pointer())
        self.dtype = str(element)
        self.count = math.prod(self.shape)
        if self.count > count:
            raise TypeError("not constructed yet")

    @staticmethod
    def shape_of(value):
        try:
            first, rank = span(value["m_shape"])
            if 0 <= rank <= 32:
                return [int(first[i]) for i in range(rank)]
        except (gdb.error, TypeError):       # xtensor_fixed: the shape is only in the type
            match = re.search(r"fixed_shape<([^>]*)>", str(value.type.strip_typedefs()))
            if match:
                return [int(re.sub(r"\D", "", extent)) for extent in match.group(1).split(",") if extent.strip()]
        raise TypeError("not constructed yet")

    def values(self):
        """All of them, by one read of the program's memory; None for an element type that Python cannot decode."""
        code = FORMATS.get(self.dtype)
        if code is None:
            return None
        if self.count == 0:
            return []
        size = self.first.type.target().sizeof
        memory = gdb.selected_inferior().read_memory(int(self.first), self.count * size)
        return list(memoryview(bytes(memory)).cast(code))

    def summary(self):
        line = "%s[%s]" % (self.dtype, "x".join(map(str, self.shape)) or "scalar")
        values = self.values()
        if values is None:
            return line
        if not values:
            return line + " (empty)"
        finite = [value for value in values if math.isfinite(value)]
        if finite:
            mean = sum(finite) / len(finite)
            std = math.sqrt(sum((value - mean) ** 2 for value in finite) / len(finite))
            line += " mean %.4g std %.4g min %.4g max %.4g" % (mean, std, min(finite), max(finite))
        if len(finite) < len(values):
            line += "  !! %d of %d not finite" % (len(values) - len(finite), len(values))
        return line


def summary(value):
    """The line of a tensor, or why there is none."""
    if re.match(LAZY, str(value.type.strip_typedefs().unqualified())):
        return LazyPrinter(value).to_string()
    try:
        return Tensor(value).summary()
    except (TypeError, gdb.error, gdb.MemoryError, OverflowError) as problem:
        return "<%s>" % problem


def text(values, shape):
    """[[1 2 3] [4 5 6]], the middle of long rows left out."""
    if len(shape) == 1:
        words = ["%.4g" % value if isinstance(value, float) else str(value) for value in values]
        if len(words) > LONGEST_ROW:
            words = words[:4] + ["..."] + words[-3:]
    else:
        inner = math.prod(shape[1:])
        shown = shape[0] if shape[0] <= LONGEST_ROW else 3
        words = [text(values[i * inner:(i + 1) * inner], shape[1:]) for i in range(shown)]
        if shown < shape[0]:
            words.append("...")
    return "[" + " ".join(words) + "]"


class TensorPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        return summary(self.value)

    def children(self):
        try:
            tensor = Tensor(self.value)
            values = tensor.values()
        except (TypeError, gdb.error, gdb.MemoryError, OverflowError):
            return
        if not tensor.shape:
            yield "value", tensor.first.dereference()
        elif len(tensor.shape) == 1:
            for i in range(min(tensor.shape[0], MOST_ELEMENTS)):
                yield "[%d]" % i, (tensor.first + i).dereference()
        elif values:
            inner = math.prod(tensor.shape[1:])
            for i in range(min(tensor.shape[0], MOST_ROWS)):
                yield "[%d]" % i, text(values[i * inner:(i + 1) * inner], tensor.shape[1:])


class LazyPrinter:
    def __init__(self, value):
        self.kind = str(value.type.strip_typedefs()).split("<")[0]

    def to_string(self):
        return "<a lazy %s: not computed; assign it to a tensor to see values>" % self.kind


def printers():
    collection = gdb.printing.RegexpCollectionPrettyPrinter("stepgpt")
    collection.add_printer("tensor", DENSE, TensorPrinter)
    collection.add_printer("lazy", LAZY, LazyPrinter)
    return collection


def tensors_in(value, path, depth=0):
    """(path, value) of every tensor in a value, looking into structs and vectors."""
    value = dereferenced(value)
    name = str(value.type.strip_typedefs().unqualified())
    if name.startswith("xt::x"):
        yield path, value
    elif depth < DEEPEST and name.startswith("std::vector<"):
        elements = span(value)
        if elements and elements[0].dereference().type.strip_typedefs().code == gdb.TYPE_CODE_STRUCT:
            for i in range(min(elements[1], MOST_BLOCKS)):
                yield from tensors_in(elements[0][i], "%s[%d]" % (path, i), depth + 1)
    elif depth < DEEPEST and not name.startswith("std::"):
        for field in fields(value):
            if field.is_base_class:
                yield from tensors_in(value[field], path, depth + 1)
            elif field.name and hasattr(field, "bitpos"):   # a static member has none
                yield from tensors_in(value[field], path + "." + field.name, depth + 1)


class TensorCommand(gdb.Command):
    """tensor EXPRESSION: shape and statistics of a tensor, or of every tensor inside a struct."""

    def __init__(self):
        super().__init__("tensor", gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        found = list(tensors_in(gdb.parse_and_eval(argument), argument))
        width = max((len(path) for path, _ in found), default=0)
        for path, value in found:
            print("%-*s  %s" % (width, path, summary(value)))
        if not found:
            print("%s: no tensor, and none inside" % argument)


class TensorsCommand(gdb.Command):
    """tensors: shape and statistics of every tensor among the arguments and locals of this function."""

    def __init__(self):
        super().__init__("tensors", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        frame = gdb.selected_frame()
        seen = set()
        block = frame.block()
        while block is not None:
            for symbol in block:
                if (symbol.is_variable or symbol.is_argument) and symbol.name not in seen:
                    seen.add(symbol.name)
                    value = dereferenced(symbol.value(frame))
                    if str(value.type.strip_typedefs().unqualified()).startswith("xt::x"):
                        print("%-14s %s" % (symbol.name, summary(value)))
            if block.function is not None:
                break
            block = block.superblock


gdb.printing.register_pretty_printer(None, printers(), replace=True)
TensorCommand()
TensorsCommand()
for pattern in (LIBRARIES, CHORES):
    if pattern not in gdb.execute("info skip", to_string=True):
        gdb.execute("skip -rfu " + pattern, to_string=True)
