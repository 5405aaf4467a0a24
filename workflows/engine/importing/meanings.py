"""What the operators of other tools mean, said in our language: syntax trees of expressions, never text.

Their rules for texts that hold truth values or numbers are kept; where they would guess a type we stop by name.
"""

import ast

from workflows.engine.importing.tokens import UntranslatableError
from workflows.engine.language.operations import number_in
from workflows.engine.language.reasons import N_

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


def ordered(left: ast.expr, sign: str, right: ast.expr) -> ast.expr:
    """Compare by size; a value that is not set stops the run there instead of passing for small."""
    return ast.Compare(left, [ORDERS[sign]()], [right])


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
    elif sign == "*" or (sign == "+" and not texts):
        left, right = numeric(left), numeric(right)
    if sign == "%":  # the sign of the remainder follows the first number there, the second one in ours
        whole = ast.Call(ast.Name("int", ast.Load()), [ast.BinOp(left, ast.Div(), right)], [])
        return ast.BinOp(left, ast.Sub(), ast.BinOp(right, ast.Mult(), whole))
    return ast.BinOp(left, SUMS[sign](), right)


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
        case int(number) | float(number):
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


def feel_truth(value: ast.expr) -> ast.expr:
    """Give a condition: there, nothing but yes counts as yes."""
    if isinstance(value, PATHS):
        return identical(value, True)
    if isinstance(value, ast.IfExp):
        return ast.IfExp(value.test, feel_truth(value.body), feel_truth(value.orelse))
    if isinstance(value, ast.Constant) and not isinstance(value.value, bool):
        return ast.Constant(False)
    return value


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
