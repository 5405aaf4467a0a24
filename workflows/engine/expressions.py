"""The expression language of diagrams: Python's syntax, nothing of Python's power.

An expression is parsed once into closures over a whitelist of syntax nodes; nothing is ever given to `eval`. A field
`a.b` looks into dicts only, calls reach only the functions below and those the caller names, and sizes, depth and
loop rounds are bounded. A script is a list of `name = expression` lines.
"""

import ast
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache

from workflows.errors import ExpressionRefused

MAX_SOURCE, MAX_NODES, MAX_DEPTH = 2_000, 300, 30
MAX_LENGTH, MAX_BITS = 100_000, 256
MAX_ROUNDS = 200_000  # a city has 80,000 staff; two passes over them must fit

COLLECTIONS = (list, tuple, dict, set, frozenset)
SCALARS = (str, int, float, bool, date, timedelta, type(None))


class Refused(Exception):
    """Why an expression was refused; wrapped in ExpressionRefused with its source."""


@dataclass(slots=True)
class Scope:
    """What one evaluation may see."""

    values: Mapping[str, object]
    names: Mapping[str, object]
    now: datetime
    declared: frozenset[str] = frozenset()
    local: dict[str, object] = field(default_factory=dict)
    rounds: int = MAX_ROUNDS


Closure = Callable[[Scope], object]


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression with the variables it reads and the functions it calls."""

    source: str
    run: Closure
    variables: frozenset[str]
    functions: frozenset[str]

    def value(
        self,
        values: Mapping[str, object],
        names: Mapping[str, object],
        now: datetime,
        declared: frozenset[str] = frozenset(),
    ) -> object:
        """Evaluate; refuses whatever cannot be computed, with the reason."""
        try:
            return self.run(Scope(values, names, now, declared))
        except Refused as refused:
            raise ExpressionRefused(self.source, str(refused)) from refused
        except (TypeError, ValueError, ArithmeticError, LookupError, RecursionError) as error:
            raise ExpressionRefused(self.source, f"{type(error).__name__}: {error}") from error


def _bounded(value: object) -> object:
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise Refused("number too large")
    if isinstance(value, (str, *COLLECTIONS)) and len(value) > MAX_LENGTH:
        raise Refused("value too large")
    return value


def _add(left: object, right: object) -> object:
    if isinstance(left, (str, list, tuple)) and isinstance(right, (str, list, tuple)):
        if len(left) + len(right) > MAX_LENGTH:
            raise Refused("value too large")
    return _bounded(operator.add(left, right))


def _multiply(left: object, right: object) -> object:
    for sequence, times in ((left, right), (right, left)):
        if isinstance(sequence, (str, list, tuple)) and isinstance(times, int):
            if len(sequence) * max(times, 0) > MAX_LENGTH:
                raise Refused("value too large")
    return _bounded(operator.mul(left, right))


def _modulo(left: object, right: object) -> object:
    if isinstance(left, str):
        raise Refused("% does not format text")
    return operator.mod(left, right)  # type: ignore[operator]


def _contains(item: object, container: object) -> bool:
    if isinstance(container, str) and not isinstance(item, str):
        return False
    if not isinstance(container, (str, *COLLECTIONS)):
        raise Refused("in needs a list, a text or a record")
    return item in container


BINARY: dict[type, Callable[[object, object], object]] = {
    ast.Add: _add,
    ast.Sub: operator.sub,
    ast.Mult: _multiply,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: _modulo,
}
COMPARE: dict[type, Callable[[object, object], object]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: _contains,
    ast.NotIn: lambda item, container: not _contains(item, container),
}
UNARY: dict[type, Callable[[object], object]] = {
    ast.Not: operator.not_,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}


def _items(value: object) -> Iterable[object]:
    if isinstance(value, (*COLLECTIONS, Iterator)):
        return value
    raise Refused("a list is needed here")


def _text(value: object = "") -> str:
    if not isinstance(value, SCALARS):
        raise Refused("only single values become text")
    return str(value)


def _integer(value: object = 0) -> int:
    if isinstance(value, str) and len(value) > 40:
        raise Refused("text too long for a number")
    return int(value)  # type: ignore[call-overload, no-any-return]


def _round(value: float, digits: int = 0) -> object:
    if not isinstance(digits, int) or abs(digits) > 20:
        raise Refused("too many digits")
    return round(value, digits) if digits else round(value)


def _get(record: object, key: object, default: object = None) -> object:
    return record.get(key, default) if isinstance(record, dict) else default


def _least(*values: object) -> object:
    return min(_items(values[0]) if len(values) == 1 else values)  # type: ignore[type-var]


def _most(*values: object) -> object:
    return max(_items(values[0]) if len(values) == 1 else values)  # type: ignore[type-var]


def _distinct(values: object) -> list[object]:
    return list(dict.fromkeys(_items(values)))


def _length(value: object) -> int:
    if not isinstance(value, (str, *COLLECTIONS)):
        raise Refused("len needs a list, a text or a record")
    return len(value)


BUILTINS: dict[str, Callable[..., object]] = {
    "len": _length,
    "min": _least,
    "max": _most,
    "sum": lambda values: sum(_items(values)),  # type: ignore[arg-type]
    "any": lambda values: any(_items(values)),
    "all": lambda values: all(_items(values)),
    "abs": abs,
    "round": _round,
    "sorted": lambda values: sorted(_items(values)),  # type: ignore[type-var]
    "distinct": _distinct,
    "str": _text,
    "int": _integer,
    "float": lambda value=0: float(value),
    "bool": bool,
    "get": _get,
    "lower": lambda text: str.lower(text),
    "startswith": lambda text, start: str.startswith(text, start),
    "days": lambda count: timedelta(days=count),
    "hours": lambda count: timedelta(hours=count),
    "minutes": lambda count: timedelta(minutes=count),
}


class _Compiler:
    """Turns a syntax tree into closures and notes the names it meets."""

    def __init__(self) -> None:
        self.nodes = 0
        self.depth = 0
        self.bound: list[str] = []
        self.variables: set[str] = set()
        self.functions: set[str] = set()

    def compile(self, node: ast.AST) -> Closure:
        self.nodes += 1
        self.depth += 1
        if self.nodes > MAX_NODES or self.depth > MAX_DEPTH:
            raise Refused("expression too complex")
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise Refused(f"{type(node).__name__} is not part of the language")
        closure: Closure = method(node)
        self.depth -= 1
        return closure

    def _constant(self, node: ast.Constant) -> Closure:
        value = node.value
        if not isinstance(value, (str, int, float, bool, type(None))):
            raise Refused("this kind of constant is not part of the language")
        _bounded(value)
        return lambda scope: value

    def _name(self, node: ast.Name) -> Closure:
        name = node.id
        if name.startswith("_"):
            raise Refused(f"the name {name} is not available")
        if name in self.bound:
            return lambda scope: scope.local[name]
        self.variables.add(name)
        return lambda scope: _look_up(scope, name)

    def _attribute(self, node: ast.Attribute) -> Closure:
        key, owner = node.attr, self.compile(node.value)
        if key.startswith("_"):
            raise Refused(f"the field {key} is not available")

        def run(scope: Scope) -> object:
            record = owner(scope)
            if not isinstance(record, dict):
                raise Refused(f"there is no field {key} here")
            return record[key]

        return run

    def _subscript(self, node: ast.Subscript) -> Closure:
        owner, index = self.compile(node.value), self.compile(node.slice)

        def run(scope: Scope) -> object:
            container = owner(scope)
            if not isinstance(container, (list, tuple, dict, str)):
                raise Refused("[ ] needs a list, a text or a record")
            return container[index(scope)]  # type: ignore[index, call-overload]

        return run

    def _boolop(self, node: ast.BoolOp) -> Closure:
        parts = [self.compile(value) for value in node.values]
        wanted = isinstance(node.op, ast.Or)

        def run(scope: Scope) -> object:
            value: object = None
            for part in parts:
                value = part(scope)
                if bool(value) is wanted:
                    return value
            return value

        return run

    def _unaryop(self, node: ast.UnaryOp) -> Closure:
        apply, operand = UNARY.get(type(node.op)), self.compile(node.operand)
        if apply is None:
            raise Refused("~ is not part of the language")
        return lambda scope: apply(operand(scope))

    def _binop(self, node: ast.BinOp) -> Closure:
        apply = BINARY.get(type(node.op))
        if apply is None:
            raise Refused(f"the operator {type(node.op).__name__} is not part of the language")
        left, right = self.compile(node.left), self.compile(node.right)
        return lambda scope: apply(left(scope), right(scope))

    def _compare(self, node: ast.Compare) -> Closure:
        first = self.compile(node.left)
        rest = [
            (COMPARE[type(op)], self.compile(side))
            for op, side in zip(node.ops, node.comparators, strict=True)
        ]

        def run(scope: Scope) -> object:
            left = first(scope)
            for apply, side in rest:
                right = side(scope)
                if not apply(left, right):
                    return False
                left = right
            return True

        return run

    def _ifexp(self, node: ast.IfExp) -> Closure:
        test, then, other = self.compile(node.test), self.compile(node.body), self.compile(node.orelse)
        return lambda scope: then(scope) if test(scope) else other(scope)

    def _list(self, node: ast.List | ast.Tuple) -> Closure:
        parts = [self.compile(part) for part in node.elts]
        return lambda scope: [part(scope) for part in parts]

    _tuple = _list

    def _dict(self, node: ast.Dict) -> Closure:
        if any(key is None for key in node.keys):
            raise Refused("** is not part of the language")
        pairs = [(self.compile(k), self.compile(v)) for k, v in zip(node.keys, node.values, strict=True) if k]
        return lambda scope: {_text(key(scope)): value(scope) for key, value in pairs}

    def _listcomp(self, node: ast.ListComp | ast.GeneratorExp) -> Closure:
        return self._loop(node.generators, node.elt)

    _generatorexp = _listcomp

    def _loop(self, generators: list[ast.comprehension], element: ast.expr) -> Closure:
        if len(generators) != 1 or generators[0].is_async or not isinstance(generators[0].target, ast.Name):
            raise Refused("a loop has one list and one name")
        name = generators[0].target.id
        if name.startswith("_") or name in self.bound:
            raise Refused(f"the name {name} cannot be used in this loop")
        source = self.compile(generators[0].iter)
        self.bound.append(name)
        tests = [self.compile(test) for test in generators[0].ifs]
        body = self.compile(element)
        self.bound.pop()

        def run(scope: Scope) -> object:
            found = []
            for scope.local[name] in _items(source(scope)):
                scope.rounds -= 1
                if scope.rounds < 0:
                    raise Refused("too many rounds")
                if all(test(scope) for test in tests):
                    found.append(body(scope))
            return found

        return run

    def _call(self, node: ast.Call) -> Closure:
        if not isinstance(node.func, ast.Name) or node.func.id.startswith("_"):
            raise Refused("only named functions can be called")
        if any(isinstance(argument, ast.Starred) for argument in node.args):
            raise Refused("* is not part of the language")
        name = node.func.id
        self.functions.add(name)
        given = [self.compile(argument) for argument in node.args]
        named = [(_keyword(keyword), self.compile(keyword.value)) for keyword in node.keywords]
        if name in BUILTINS and named:
            raise Refused(f"{name} takes no named arguments")

        def run(scope: Scope) -> object:
            function = _function(scope, name)
            return _bounded(function(*[v(scope) for v in given], **{k: v(scope) for k, v in named}))

        return run


def _keyword(keyword: ast.keyword) -> str:
    if keyword.arg is None or keyword.arg.startswith("_"):
        raise Refused("** is not part of the language")
    return keyword.arg


def _look_up(scope: Scope, name: str) -> object:
    if name in scope.names and not callable(scope.names[name]):
        return scope.names[name]  # process data never shadows what the product supplies
    if name in scope.values:
        return scope.values[name]
    if name in scope.declared:
        return None
    raise Refused(f"the name {name} is unknown")


def _function(scope: Scope, name: str) -> Callable[..., object]:
    if name in BUILTINS:
        return BUILTINS[name]
    if name == "now":
        return lambda: scope.now
    function = scope.names.get(name)
    if not callable(function):
        raise Refused(f"the function {name} is unknown")
    return function


@lru_cache(maxsize=8192)
def compiled(source: str) -> Expression:
    """Compile one expression; refuses what is not part of the language."""
    text = source.strip()
    try:
        if len(text) > MAX_SOURCE:
            raise Refused("expression too long")
        tree = ast.parse(text, mode="eval")
        return _expression(text, tree.body)
    except Refused as refused:
        raise ExpressionRefused(source, str(refused)) from refused
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionRefused(source, f"not an expression ({type(error).__name__})") from error


def _expression(source: str, node: ast.expr) -> Expression:
    compiler = _Compiler()
    return Expression(
        source, compiler.compile(node), frozenset(compiler.variables), frozenset(compiler.functions)
    )


@lru_cache(maxsize=2048)
def compiled_script(source: str) -> tuple[tuple[str, Expression], ...]:
    """Compile a script of `name = expression` lines; refuses every other statement."""
    try:
        if len(source) > 10 * MAX_SOURCE:
            raise Refused("script too long")
        body = ast.parse("\n".join(line.strip() for line in source.strip().splitlines())).body
        return tuple((_target(line), _expression(ast.unparse(line), line.value)) for line in body)  # type: ignore[attr-defined]
    except Refused as refused:
        raise ExpressionRefused(source, str(refused)) from refused
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionRefused(source, f"not a script ({type(error).__name__})") from error


def _target(line: ast.stmt) -> str:
    if (
        not isinstance(line, ast.Assign)
        or len(line.targets) != 1
        or not isinstance(line.targets[0], ast.Name)
    ):
        raise Refused("a script has only lines of the form name = expression")
    name = line.targets[0].id
    if name.startswith("_"):
        raise Refused(f"the name {name} is not available")
    return name
