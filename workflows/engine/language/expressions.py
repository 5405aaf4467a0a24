"""The expression language of diagrams: Python's syntax, nothing of Python's power.

An expression is parsed once into closures over a whitelist of syntax nodes; nothing is ever given to `eval`.
A field `a.b` looks into dicts only, calls reach only our functions and those the caller names, and sizes, depth
and loop rounds are bounded. A script is a list of `name = expression` lines.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from workflows.engine.language.operations import (
    BINARY,
    BUILTINS,
    COLLECTIONS,
    COMPARE,
    NO_FIELD,
    UNARY,
    RefusedError,
    bounded,
    cost_of_comparing,
    cost_of_giving,
    items_of,
    size_of,
    text_of,
    written,
)
from workflows.engine.language.reasons import N_, Reason, reason_of
from workflows.errors import ExpressionRefused

MAX_SOURCE, MAX_NODES, MAX_DEPTH = 2_000, 300, 30
MADE = (ast.List, ast.Tuple, ast.Dict, ast.ListComp, ast.GeneratorExp, ast.BinOp)
MAX_WORK = (
    2_000_000  # a city has 80,000 staff; a pass over their records must fit, hanging the server must not
)

# Why most expressions fail: a field was left blank.
UNSET = N_("%(names)s has no value yet")
UNFIT = N_("the values that are there do not fit it")


@dataclass(slots=True)
class Scope:
    """What one evaluation may see."""

    values: Mapping[str, object]
    names: Mapping[str, object]
    now: datetime
    declared: frozenset[str] = frozenset()
    local: dict[str, object] = field(default_factory=dict)
    work: int = MAX_WORK

    def spend(self, amount: int) -> None:
        """Count work done; refuses more than any honest expression needs."""
        self.work -= amount
        if self.work < 0:
            raise RefusedError(N_("too much work"))


Closure = Callable[[Scope], object]


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression with the variables it reads and the functions it calls."""

    source: str
    run: Closure
    variables: frozenset[str]
    functions: frozenset[str]
    decides: bool = True  # false when it can only give a list, a record, a text or a number

    def value(
        self,
        values: Mapping[str, object],
        names: Mapping[str, object],
        now: datetime,
        declared: frozenset[str] = frozenset(),
    ) -> object:
        """Evaluate; refuses whatever cannot be computed, with the reason."""
        return self.within(Scope(values, names, now, declared))

    def within(self, scope: Scope) -> object:
        """Evaluate in a scope, which counts the work."""
        try:
            result = self.run(scope)
            if isinstance(result, COLLECTIONS):
                scope.spend(size_of(result))
            return result
        except RefusedError as refused:
            raise ExpressionRefused(self.source, reason_of(refused)) from refused
        except (TypeError, ValueError, ArithmeticError, LookupError, RecursionError) as error:
            raise ExpressionRefused(self.source, self._unfit(error, scope)) from error

    def _unfit(self, error: Exception, scope: Scope) -> Reason:
        """Say in words what Python says to programmers: mostly nobody has given a value yet."""
        unset = [name for name in sorted(self.variables) if scope.names.get(name) is None]
        unset = [name for name in unset if scope.values.get(name) is None]
        if unset and isinstance(error, TypeError) and "NoneType" in str(error):
            return Reason(UNSET, names=", ".join(unset))
        if isinstance(error, ZeroDivisionError):
            return Reason(N_("nothing can be divided by 0"))
        return Reason(UNFIT)


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
            raise RefusedError(N_("expression too complex"))
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise RefusedError(N_("%(text)s is not part of the language"), text=ast.unparse(node))
        closure: Closure = method(node)
        self.depth -= 1
        return closure

    def _constant(self, node: ast.Constant) -> Closure:
        value = node.value
        if not isinstance(value, (str, int, float, bool, type(None))):
            raise RefusedError(N_("this kind of constant is not part of the language"))
        written(value)
        return lambda scope: value

    def _name(self, node: ast.Name) -> Closure:
        name = node.id
        if name.startswith("_"):
            raise RefusedError(N_("the name %(name)s is not available"), name=name)
        if name in self.bound:
            return lambda scope: scope.local[name]
        self.variables.add(name)
        return lambda scope: _look_up(scope, name)

    def _attribute(self, node: ast.Attribute) -> Closure:
        key, owner = node.attr, self.compile(node.value)
        if key.startswith("_"):
            raise RefusedError(N_("the field %(name)s is not available"), name=key)

        def run(scope: Scope) -> object:
            record = owner(scope)
            if record is None:
                raise RefusedError(UNSET, names=ast.unparse(node.value))
            if not isinstance(record, dict) or key not in record:
                raise RefusedError(NO_FIELD, name=key)
            return record[key]

        return run

    def _subscript(self, node: ast.Subscript) -> Closure:
        owner, index = self.compile(node.value), self.compile(node.slice)

        def run(scope: Scope) -> object:
            container = owner(scope)
            if not isinstance(container, (list, tuple, dict, str)):
                raise RefusedError(N_("[ ] needs a list, a text or a record"))
            place = index(scope)
            try:
                return container[place]  # type: ignore[index, call-overload]
            except LookupError as error:
                raise RefusedError(NO_FIELD, name=place) from error

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
            raise RefusedError(N_("~ is not part of the language"))
        return lambda scope: apply(operand(scope))

    def _binop(self, node: ast.BinOp) -> Closure:
        apply = BINARY.get(type(node.op))
        if apply is None:
            raise RefusedError(N_("%(text)s is not part of the language"), text=ast.unparse(node))
        left, right = self.compile(node.left), self.compile(node.right)

        def run(scope: Scope) -> object:
            result = apply(left(scope), right(scope))
            if isinstance(result, (str, list)):
                scope.spend(len(result))
            return result

        return run

    def _compare(self, node: ast.Compare) -> Closure:
        first = self.compile(node.left)
        rest = [
            (type(op), COMPARE[type(op)], self.compile(side))
            for op, side in zip(node.ops, node.comparators, strict=True)
        ]

        def run(scope: Scope) -> object:
            left = first(scope)
            for sign, apply, side in rest:
                right = side(scope)
                scope.spend(cost_of_comparing(left, right, sign))
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
            raise RefusedError(N_("** is not part of the language"))
        pairs = [(self.compile(k), self.compile(v)) for k, v in zip(node.keys, node.values, strict=True) if k]
        return lambda scope: {text_of(key(scope)): value(scope) for key, value in pairs}

    def _listcomp(self, node: ast.ListComp | ast.GeneratorExp) -> Closure:
        return self._loop(node.generators, node.elt)

    _generatorexp = _listcomp

    def _loop(self, generators: list[ast.comprehension], element: ast.expr) -> Closure:
        if len(generators) != 1 or generators[0].is_async or not isinstance(generators[0].target, ast.Name):
            raise RefusedError(N_("a loop has one list and one name"))
        name = generators[0].target.id
        if name.startswith("_") or name in self.bound:
            raise RefusedError(N_("the name %(name)s cannot be used in this loop"), name=name)
        source = self.compile(generators[0].iter)
        before = self.nodes
        self.bound.append(name)
        tests = [self.compile(test) for test in generators[0].ifs]
        body = self.compile(element)
        self.bound.pop()
        weight = 3 + self.nodes - before  # a round costs something even when it does little

        def run(scope: Scope) -> object:
            found = []
            for item in items_of(source(scope)):
                scope.spend(weight)
                scope.local[name] = item
                if all(test(scope) for test in tests):
                    found.append(body(scope))
            return found

        return run

    def _call(self, node: ast.Call) -> Closure:
        if not isinstance(node.func, ast.Name) or node.func.id.startswith("_"):
            raise RefusedError(N_("only named functions can be called"))
        if any(isinstance(argument, ast.Starred) for argument in node.args):
            raise RefusedError(N_("* is not part of the language"))
        name = node.func.id
        self.functions.add(name)
        given = [self.compile(argument) for argument in node.args]
        named = [(_keyword(keyword), self.compile(keyword.value)) for keyword in node.keywords]
        if name in BUILTINS and named:
            raise RefusedError(N_("%(name)s takes no named arguments"), name=name)

        def run(scope: Scope) -> object:
            function = _function(scope, name)
            arguments = [v(scope) for v in given]
            others = {k: v(scope) for k, v in named}
            for argument in (*arguments, *others.values()):
                scope.spend(cost_of_giving(argument, name))
            return bounded(function(*arguments, **others))

        return run


def _keyword(keyword: ast.keyword) -> str:
    if keyword.arg is None or keyword.arg.startswith("_"):
        raise RefusedError(N_("** is not part of the language"))
    return keyword.arg


def _look_up(scope: Scope, name: str) -> object:
    supplied = scope.names.get(name)  # asked once: the caller may have to read a store
    if supplied is not None and not callable(supplied):
        return supplied  # process data never shadows what the product supplies
    if name in scope.values:
        return scope.values[name]
    if name in scope.declared:
        return None
    raise RefusedError(N_("the name %(name)s is unknown"), name=name)


def _function(scope: Scope, name: str) -> Callable[..., object]:
    if name in BUILTINS:
        return BUILTINS[name]
    if name == "now":
        return lambda: scope.now
    function = scope.names.get(name)
    if not callable(function):
        raise RefusedError(N_("the function %(name)s is unknown"), name=name)
    return function


@lru_cache(maxsize=8192)
def compiled(source: str) -> Expression:
    """Compile one expression; refuses what is not part of the language."""
    text = source.strip()
    try:
        if len(text) > MAX_SOURCE:
            raise RefusedError(N_("expression too long"))
        tree = ast.parse(text, mode="eval")
        return _expression(text, tree.body)
    except RefusedError as refused:
        raise ExpressionRefused(source, reason_of(refused)) from refused
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionRefused(source, Reason(N_("it is not an expression"))) from error


def _expression(source: str, node: ast.expr) -> Expression:
    compiler = _Compiler()
    run = compiler.compile(node)
    plain = isinstance(node, ast.Constant) and not isinstance(node.value, (bool, type(None)))
    return Expression(
        source,
        run,
        frozenset(compiler.variables),
        frozenset(compiler.functions),
        decides=not plain and not isinstance(node, MADE),
    )


@lru_cache(maxsize=2048)
def compiled_script(source: str) -> tuple[tuple[str, Expression], ...]:
    """Compile a script of `name = expression` lines; refuses every other statement."""
    try:
        if len(source) > 10 * MAX_SOURCE:
            raise RefusedError(N_("script too long"))
        body = ast.parse("\n".join(line.strip() for line in source.strip().splitlines())).body
        return tuple(_assignment(line) for line in body)
    except RefusedError as refused:
        raise ExpressionRefused(source, reason_of(refused)) from refused
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionRefused(source, Reason(N_("it is not a script"))) from error


def _assignment(line: ast.stmt) -> tuple[str, Expression]:
    if (
        not isinstance(line, ast.Assign)
        or len(line.targets) != 1
        or not isinstance(line.targets[0], ast.Name)
    ):
        raise RefusedError(N_("a script has only lines of the form name = expression"))
    name = line.targets[0].id
    if name.startswith("_"):
        raise RefusedError(N_("the name %(name)s is not available"), name=name)
    return name, _expression(ast.unparse(line), line.value)
