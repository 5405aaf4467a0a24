"""What the operators of other tools mean, said in our language: syntax trees of expressions, never text.

Their rules for texts that hold truth values or numbers are kept; where they would guess a type we stop by name.
"""

import ast

from workflows.engine.importing.tokens import UntranslatableError
from workflows.engine.language.operations import number_in
from workflows.engine.language.reasons import N_
from workflows.engine.language.vocabulary import COUNTERS

PATHS = (ast.Name, ast.Attribute, ast.Subscript)
ORDERS: dict[str, type[ast.cmpop]] = {"<": ast.Lt, "<=": ast.LtE, ">": ast.Gt, ">=": ast.GtE}
SUMS: dict[str, type[ast.operator]] = {"+": ast.Add, "-": ast.Sub, "*": ast.Mult, "/": ast.Div}


def either(sides: list[ast.expr], op: ast.boolop) -> ast.expr:
    """Join truth values by `and` or `or`; a row of the same is one."""
    flat: list[ast.expr] = []
    for side in sides:
        flat += side.values if isinstance(side, ast.BoolOp) and type(side.op) is type(op) else [side]
    return ast.BoolOp(op, flat)


def negated(value: ast.expr) -> ast.expr:
    """Say that something is not so."""
    return ast.UnaryOp(ast.Not(), value)


def one_of(value: ast.expr, choices: tuple[object, ...], *, no: bool = False) -> ast.expr:
    """Ask whether a value is one of some constants."""
    constants: list[ast.expr] = [ast.Constant(choice) for choice in choices]  # type: ignore[arg-type]
    return ast.Compare(value, [ast.NotIn() if no else ast.In()], [ast.Tuple(constants, ast.Load())])


def same(left: ast.expr, right: ast.expr, *, no: bool = False) -> ast.expr:
    """Compare two values as they are."""
    return ast.Compare(left, [ast.NotEq() if no else ast.Eq()], [right])


def identical(left: ast.expr, constant: bool | None, *, no: bool = False) -> ast.expr:
    """Ask whether a value is exactly yes, no or nothing."""
    return ast.Compare(left, [ast.IsNot() if no else ast.Is()], [ast.Constant(constant)])


def is_counter(value: ast.expr) -> bool:
    """Tell whether a value is how many instances there are: always a number."""
    return isinstance(value, ast.Name) and value.id in COUNTERS


def all_set(values: list[ast.expr]) -> list[ast.expr]:
    """Ask of each name and path whether it is set; the counters always are."""
    return [
        identical(value, None, no=True)
        for value in values
        if (isinstance(value, PATHS) and not is_counter(value))
        or (isinstance(value, ast.Constant) and value.value is None)
    ]


def empty(value: ast.expr) -> ast.expr:
    """Ask whether a value is missing or holds nothing; neither 0 nor "no" is empty."""
    nothing: list[ast.expr] = [ast.Constant(None), ast.Constant("")]
    nothing += [ast.List([], ast.Load()), ast.Dict([], [])]
    return ast.Compare(value, [ast.In()], [ast.Tuple(nothing, ast.Load())])


def numeric(value: ast.expr) -> ast.expr:
    """Refuse at run time what is no number: a text must not be repeated or appended instead."""
    return ast.UnaryOp(ast.UAdd(), value) if isinstance(value, PATHS) else value


def calculated(left: ast.expr, sign: str, right: ast.expr, *, texts: bool) -> ast.expr:
    """Add, subtract, multiply or divide; with `texts` a sum may join two texts."""
    if any(isinstance(side, ast.Constant) and isinstance(side.value, str) for side in (left, right)):
        if sign != "+" or not texts:
            raise UntranslatableError(N_("a text cannot be calculated with"))
    elif not texts:
        left, right = juel_number(left), juel_number(right)
    elif sign == "*":
        left, right = numeric(left), numeric(right)
    if sign == "%":  # the sign of the remainder follows the first number there, the second one in ours
        whole = ast.Call(ast.Name("int", ast.Load()), [ast.BinOp(left, ast.Div(), right)], [])
        return ast.BinOp(left, ast.Sub(), ast.BinOp(right, ast.Mult(), whole))
    return ast.BinOp(left, SUMS[sign](), right)


def juel_number(value: ast.expr, beside: ast.expr | None = None) -> ast.expr:
    """Give what is calculated with, or compared by size with what stands beside it: a text says a number there."""
    path = isinstance(value, PATHS) and not is_counter(value)
    if path and (beside is None or _is_number(beside)):
        return ast.Call(ast.Name("number", ast.Load()), [value], [])
    if isinstance(beside, PATHS) and (path or _says_number(value)):
        return ast.Call(ast.Name("number", ast.Load()), [value, beside], [])
    return value


def _is_number(value: ast.expr) -> bool:
    if isinstance(value, ast.Constant):
        return isinstance(value.value, (int, float)) and not isinstance(value.value, bool)
    return is_counter(value) or isinstance(value, ast.BinOp)


def _says_number(value: ast.expr) -> bool:
    return (
        isinstance(value, ast.Constant)
        and isinstance(value.value, str)
        and number_in(value.value) is not None
    )


def juel_truth(value: ast.expr) -> ast.expr:
    """Give a condition: there, the text "true" counts as yes, any other text as no, and a number is an error."""
    if isinstance(value, PATHS):
        text = ast.Call(ast.Name("lower", ast.Load()), [ast.BoolOp(ast.Or(), [value, ast.Constant("")])], [])
        return either([identical(value, True), same(text, ast.Constant("true"))], ast.Or())
    if isinstance(value, ast.IfExp):
        return ast.IfExp(value.test, juel_truth(value.body), juel_truth(value.orelse))
    if isinstance(value, ast.Constant) and not isinstance(value.value, bool):
        return ast.Constant(str(value.value).lower() == "true")
    return value


def juel_equal(left: ast.expr, right: ast.expr, *, no: bool) -> ast.expr:
    """Compare as JUEL does: a truth value or number also equals the text that says it."""
    if isinstance(left, ast.Constant) and not isinstance(right, ast.Constant):
        left, right = right, left
    if not isinstance(right, ast.Constant) or not isinstance(left, PATHS):
        if any(isinstance(side, ast.Constant) and side.value is None for side in (left, right)):
            return same(left, right, no=no)
        return _alike(left, right, no=no)
    match right.value:
        case True | False | "true" | "false":
            return _alike(left, right, no=no)
        case float():
            return _alike(left, right, no=no)
        case int(number):
            return _numbered(left, number, str(number), no=no)
        case str(text) if (said := number_in(text)) is not None:
            return _numbered(left, said, text, no=no)
    return same(left, right, no=no)


def _alike(left: ast.expr, right: ast.expr, *, no: bool) -> ast.expr:
    found = ast.Call(ast.Name("alike", ast.Load()), [left, right], [])
    return negated(found) if no else found


def _numbered(left: ast.expr, number: float, text: str, *, no: bool) -> ast.expr:
    """Ask whether a value is a number or its text; yes and no, which equal 1 and 0 in ours, are neither."""
    found = one_of(left, (number, text), no=no)
    if number not in (0, 1):
        return found
    return either([found, identical(left, bool(number), no=not no)], ast.Or() if no else ast.And())


def juel_ordered(left: ast.expr, sign: str, right: ast.expr) -> ast.expr:
    """Compare by size as JUEL does: what is not set is neither smaller nor greater, and equals itself."""
    guards = all_set([left, right])
    found: ast.expr = ast.Compare(juel_number(left, right), [ORDERS[sign]()], [juel_number(right, left)])
    if guards:
        found = either([*guards, found], ast.And())
    return either([same(left, right), found], ast.Or()) if len(guards) > 1 and "=" in sign else found


def feel_truth(value: ast.expr) -> ast.expr:
    """Give a condition: there, nothing but yes counts as yes."""
    match value:
        case ast.Name() | ast.Attribute() | ast.Subscript():
            return identical(value, True)
        case ast.IfExp():
            return _chosen(value.test, feel_truth(value.body), feel_truth(value.orelse))
        case ast.BoolOp():
            return either([feel_truth(side) for side in value.values], value.op)
        case ast.UnaryOp(op=ast.Not()):
            return feel_untruth(value.operand)
        case ast.Constant() if not isinstance(value.value, bool):
            return ast.Constant(False)
    return value


def feel_untruth(value: ast.expr) -> ast.expr:
    """Ask whether a condition is no; of a value that is not set neither it nor its contrary is true."""
    match value:
        case ast.Name() | ast.Attribute() | ast.Subscript():
            return identical(value, False)
        case ast.IfExp():
            return _chosen(value.test, feel_untruth(value.body), feel_untruth(value.orelse))
        case ast.BoolOp() if not all(isinstance(side, ast.Compare) for side in value.values):
            contrary = ast.Or() if isinstance(value.op, ast.And) else ast.And()
            return either([feel_untruth(side) for side in value.values], contrary)
        case ast.UnaryOp(op=ast.Not()):
            return feel_truth(value.operand)
        case ast.Constant():
            return ast.Constant(value.value is False)
    return negated(value)


def feel_value(value: ast.expr) -> ast.expr:
    """Give what is calculated or compared with: yes or no where `and`, `or` and `not` stand."""
    if isinstance(value, ast.IfExp):
        return ast.IfExp(value.test, feel_value(value.body), feel_value(value.orelse))
    joined = isinstance(value, ast.BoolOp) or (
        isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.Not)
    )
    return feel_truth(value) if joined else value


def _chosen(test: ast.expr, then: ast.expr, other: ast.expr) -> ast.expr:
    """Choose between two conditions."""
    if isinstance(other, ast.Constant) and other.value is False:
        return either([test, then], ast.And())
    return ast.IfExp(test, then, other)


def feel_ordered(first: ast.expr, *others: tuple[str, ast.expr]) -> ast.expr:
    """Compare a row by size as FEEL does: neither yes nor no where one of it is not set."""
    sides = [side for _, side in others]
    found = ast.Compare(first, [ORDERS[sign]() for sign, _ in others], sides)
    guards = all_set([first, *sides])
    if not guards:
        return found
    test = guards[0] if len(guards) == 1 else either(guards, ast.And())
    return ast.IfExp(test, found, ast.Constant(None))


def feel_equal(left: ast.expr, right: ast.expr, *, no: bool) -> ast.expr:
    """Compare as FEEL does: only what is of one kind can be equal."""
    if isinstance(left, ast.Constant) and not isinstance(right, ast.Constant):
        left, right = right, left
    if isinstance(right, ast.Constant) and isinstance(right.value, bool):
        return identical(left, right.value, no=no)
    if isinstance(right, ast.Constant) and right.value in (0, 1):  # which no and yes equal in ours
        sides = [same(left, right, no=no), identical(left, bool(right.value), no=not no)]
        return either(sides, ast.Or() if no else ast.And())
    return same(left, right, no=no)


def feel_one_of(value: ast.expr, choices: list[ast.expr]) -> ast.expr:
    """Ask whether a value equals one of some others."""
    plain = [choice.value for choice in choices if isinstance(choice, ast.Constant)]
    if len(choices) > 1 and len(plain) == len(choices) and not any(one in (0, 1) for one in plain):
        return one_of(value, tuple(plain))
    equal = [feel_equal(value, choice, no=False) for choice in choices]
    return either(equal, ast.Or()) if len(equal) > 1 else equal[0]
