"""Translates conditions and values of JUEL (`${…}`, `#{…}`) and FEEL (`= …`) into our expression language.

Only what that language can say: comparisons, `and or not`, `empty`, arithmetic, a choice, constants and paths `a.b`.
Calls of methods, beans and functions are refused. What comes out has been compiled once: nothing leaves the language.
"""

import ast
import keyword
import re
from itertools import islice

from workflows.engine.importing import meanings
from workflows.engine.importing.tokens import UntranslatableError, Word, words_of
from workflows.engine.language.expressions import compiled
from workflows.engine.language.reasons import N_
from workflows.engine.language.vocabulary import VALUES
from workflows.errors import ExpressionRefused

MAX_DEPTH = 25
MAX_PARTS = 1_500  # more than any expression of ours may have
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
# The same counters under the names the standard gives them.
STANDARD_COUNTERS = {
    "numberOfInstances": "nrOfInstances",
    "numberOfCompletedInstances": "nrOfCompletedInstances",
    "numberOfActiveInstances": "nrOfActiveInstances",
}
# What other engines supply by themselves and ours does not have under any name.
THEIRS = {
    "execution", "task", "authenticatedUserId", "currentUser", "loopCounter", "variableContainer", "camunda",
    "kcontext",
}  # fmt: skip
SPELT = {
    "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "and": "&&", "or": "||", "not": "!",
    "div": "/", "mod": "%",
}  # fmt: skip
FEEL_SPELT = {"and": "&&", "or": "||", "=": "=="}
# Binary operators, those that bind least first.
LEVELS = (("||",), ("&&",), ("==", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "/", "%"))
ORDERING = 3  # the level of `<`, on which FEEL has `between` and `in` too


def is_foreign(text: str | None) -> bool:
    """Whether a text is marked as an expression of another tool."""
    text = (text or "").strip()
    return text.startswith(("${", "#{", "=")) or ("${" in text and "}" in text)


def translated(text: str, *, decides: bool = False, names: dict[str, str] | None = None) -> str:
    """Say a marked expression in our language; `decides` when it must give yes or no.

    `names` renames variables. Refuses with UntranslatableError.
    """
    text = text.strip()
    if text.startswith("="):
        return feel(text[1:], decides=decides, names=names)
    if not (text[:2] in ("${", "#{") and text.endswith("}")):
        raise UntranslatableError(N_("a text with expressions in between cannot be translated"))
    return juel(text[2:-1], decides=decides, names=names)


def juel(body: str, *, decides: bool = False, names: dict[str, str] | None = None) -> str:
    """Translate what stands between the braces of a JUEL expression."""
    reader = _Juel(body, names or {})
    return _said(meanings.juel_truth(reader.whole()) if decides else reader.whole())


def feel(body: str, *, decides: bool = False, names: dict[str, str] | None = None) -> str:
    """Translate a FEEL expression without its equals sign."""
    found = _Feel(body, names or {}).whole()
    return _said(meanings.feel_truth(found) if decides else meanings.feel_value(found))


def _said(tree: ast.expr) -> str:
    # A value that is asked for twice stands twice, and so does what is asked inside it: the tree may be vast.
    if sum(1 for _ in islice(ast.walk(tree), MAX_PARTS + 1)) > MAX_PARTS:
        raise UntranslatableError(N_("expression too complex"))
    text = ast.unparse(_Paths().visit(tree))
    try:
        compiled(text)
    except ExpressionRefused as refused:
        raise UntranslatableError(N_("expression too complex")) from refused
    return text


class _Paths(ast.NodeTransformer):
    """Reads paths as other tools do: of what is not set, or has no such field, nothing is read."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return ast.Call(ast.Name("field", ast.Load()), [self.visit(node.value), ast.Constant(node.attr)], [])

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        found = [self.visit(node.value), self.visit(node.slice)]
        return ast.Call(ast.Name("field", ast.Load()), found, [])


class _Reader:
    """Reads words by recursive descent; what differs between the languages stands in the two subclasses."""

    spelt: dict[str, str]

    def __init__(self, source: str, names: dict[str, str]) -> None:
        self.words = words_of(source)
        self.names = names
        self.place = 0
        self.depth = 0

    def whole(self) -> ast.expr:
        """Read everything; refuses what is left over."""
        found = self.expression()
        if self.word.kind != "end":
            raise UntranslatableError(N_("%(text)s stands where nothing was expected"), text=self.word.text)
        return found

    @property
    def word(self) -> Word:
        return self.words[self.place]

    def sign(self) -> str:
        """Give the operator or mark that stands here, "" for anything else."""
        word = self.word
        if word.kind == "sign":
            return self.spelt.get(word.text, word.text)
        return self.spelt.get(word.text, "") if word.kind == "name" else ""

    def takes(self, *signs: str) -> str:
        """Step over one of these signs and give it; "" when none stands here."""
        found = self.sign()
        if found not in signs:
            return ""
        self.place += 1
        return found

    def must(self, sign: str) -> None:
        """Step over a sign that has to stand here."""
        if not self.takes(sign):
            raise UntranslatableError(N_("%(text)s is missing"), text=sign)

    def expression(self) -> ast.expr:
        """Read one expression with everything in it."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise UntranslatableError(N_("expression too complex"))
        found = self.choice()
        self.depth -= 1
        return found

    def choice(self) -> ast.expr:
        raise NotImplementedError

    def binary(self, level: int = 0) -> ast.expr:
        """Read operators of one level and all that bind more."""
        if level == len(LEVELS):
            return self.unary()
        left = self.binary(level + 1)
        while sign := self.takes(*LEVELS[level]):
            left = self.joined(left, sign, self.binary(level + 1))
        return left

    def joined(self, left: ast.expr, sign: str, right: ast.expr) -> ast.expr:
        """Give two sides and what stands between them a meaning."""
        if sign in ("||", "&&"):
            op = ast.Or() if sign == "||" else ast.And()
            return meanings.either([self.side(left), self.side(right)], op)
        if sign in ("==", "!="):
            return self.equal(left, right, sign == "!=")
        if sign in meanings.ORDERS:
            return self.ordered(left, sign, right)
        return self.calculated(left, sign, right)

    def side(self, value: ast.expr) -> ast.expr:
        """Give a value as it stands beside `and` or `or`."""
        raise NotImplementedError

    def ordered(self, left: ast.expr, sign: str, right: ast.expr) -> ast.expr:
        raise NotImplementedError

    def equal(self, left: ast.expr, right: ast.expr, no: bool) -> ast.expr:
        raise NotImplementedError

    def calculated(self, left: ast.expr, sign: str, right: ast.expr) -> ast.expr:
        raise NotImplementedError

    def unary(self) -> ast.expr:
        raise NotImplementedError

    def deeper(self) -> ast.expr:
        """Read one more prefixed operand."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise UntranslatableError(N_("expression too complex"))
        found = self.unary()
        self.depth -= 1
        return found

    def operand(self) -> ast.expr:
        """Read a constant, a path or something in brackets."""
        word = self.word
        if self.takes("("):
            found = self.expression()
            self.must(")")
            return self.path(found)
        self.place += 1
        if word.kind == "number":
            return ast.Constant(float(word.text) if "." in word.text else int(word.text))
        if word.kind == "text":
            return ast.Constant(word.text)
        if word.kind == "name" and word.text in ("true", "false", "null"):
            return ast.Constant({"true": True, "false": False, "null": None}[word.text])
        if word.kind == "name":
            return self.path(self.variable(word.text))
        if word.kind == "end":
            raise UntranslatableError(N_("something is missing at the end"))
        raise UntranslatableError(N_("%(text)s stands where nothing was expected"), text=word.text)

    def variable(self, name: str) -> ast.expr:
        """Give a variable; refuses calls and names that mean something else here."""
        after = self.words[self.place : self.place + 3]
        prefix = self.sign() == ":" and [word.kind for word in after] == ["sign", "name", "sign"]
        if self.sign() == "(" or (prefix and after[-1].text == "("):
            raise UntranslatableError(
                N_("the function %(name)s is called, which does not exist here"), name=name
            )
        name = self.names.get(name, STANDARD_COUNTERS.get(name, name))
        if name in THEIRS:
            raise UntranslatableError(N_("%(name)s is supplied by another engine"), name=name)
        if name in VALUES:
            raise UntranslatableError(N_("the name %(name)s means something else here"), name=name)
        return ast.Name(_plain(name), ast.Load())

    def path(self, owner: ast.expr) -> ast.expr:
        """Read the fields behind a value; refuses calls of methods."""
        steps = 0
        while sign := self.takes(".", "["):
            steps += 1
            if steps > MAX_DEPTH:
                raise UntranslatableError(N_("expression too complex"))
            if sign == ".":
                word, self.place = self.word, self.place + 1
                if word.kind != "name":
                    raise UntranslatableError(N_("%(text)s is missing"), text=".…")
                if self.sign() == "(":
                    raise UntranslatableError(N_("the method %(name)s is called"), name=word.text)
                owner = ast.Attribute(owner, _plain(word.text), ast.Load())
            else:
                index = self.expression()
                self.must("]")
                owner = ast.Subscript(owner, self.indexed(index), ast.Load())
        return owner

    def indexed(self, index: ast.expr) -> ast.expr:
        raise NotImplementedError


class _Juel(_Reader):
    """`${…}` of Camunda 7, Operaton, Flowable and Activiti."""

    spelt = SPELT

    def choice(self) -> ast.expr:
        condition = self.binary()
        if not self.takes("?"):
            return condition
        then = self.expression()
        self.must(":")
        return ast.IfExp(meanings.juel_truth(condition), then, self.expression())

    def unary(self) -> ast.expr:
        if self.takes("!"):
            return meanings.negated(meanings.juel_truth(self.deeper()))
        if self.takes("-"):
            return ast.UnaryOp(ast.USub(), meanings.juel_number(self.deeper()))
        if self.word.kind == "name" and self.word.text == "empty":
            self.place += 1
            return meanings.empty(self.deeper())
        return self.operand()

    def side(self, value: ast.expr) -> ast.expr:
        return meanings.juel_truth(value)

    def ordered(self, left: ast.expr, sign: str, right: ast.expr) -> ast.expr:
        return meanings.juel_ordered(left, sign, right)

    def equal(self, left: ast.expr, right: ast.expr, no: bool) -> ast.expr:
        return meanings.juel_equal(left, right, no=no)

    def calculated(self, left: ast.expr, sign: str, right: ast.expr) -> ast.expr:
        return meanings.calculated(left, sign, right, texts=False)

    def indexed(self, index: ast.expr) -> ast.expr:
        return index


class _Feel(_Reader):
    """`= …` of Camunda 8; expressions of decision tables are read elsewhere."""

    spelt = FEEL_SPELT

    def choice(self) -> ast.expr:
        if not self.named("if"):
            return self.binary()
        condition = self.expression()
        self.must_name("then")
        then = self.expression()
        self.must_name("else")
        return ast.IfExp(meanings.feel_truth(condition), then, self.expression())

    def named(self, name: str) -> bool:
        if self.word.kind == "name" and self.word.text == name:
            self.place += 1
            return True
        return False

    def must_name(self, name: str) -> None:
        if not self.named(name):
            raise UntranslatableError(N_("%(text)s is missing"), text=name)

    def unary(self) -> ast.expr:
        if self.takes("-"):
            return ast.UnaryOp(ast.USub(), self.deeper())
        if self.word.text == "not" and self.words[self.place + 1 : self.place + 2] == [Word("sign", "(")]:
            self.place += 2
            inside = self.expression()
            self.must(")")
            return meanings.negated(inside)
        if self.word.text in ("[", "{") or self.word.quote == "'":
            raise UntranslatableError(N_("%(text)s stands where nothing was expected"), text=self.word.text)
        return self.operand()

    def binary(self, level: int = 0) -> ast.expr:
        found = super().binary(level)
        if level == ORDERING and self.named("between"):
            found, low = meanings.feel_value(found), self.ending()
            if not self.takes("&&"):
                raise UntranslatableError(N_("%(text)s is missing"), text="and")
            return meanings.feel_ordered(low, ("<=", found), ("<=", self.ending()))
        if level == ORDERING and self.named("in"):
            return self.within(meanings.feel_value(found))
        return found

    def ending(self) -> ast.expr:
        """Read one end of a range or one value of a list."""
        return meanings.feel_value(self.binary(ORDERING + 1))

    def within(self, value: ast.expr) -> ast.expr:
        """Read the range or list in which a value lies; `(1..10)` and `]1..10[` are without their ends."""
        opening = self.takes("[", "(", "]")
        if not opening:
            raise UntranslatableError(N_("a list or a range is missing after in"))
        choices = [self.ending()]
        if opening == "]" or self.sign() == "..":
            self.must("..")
            high = self.ending()
            closing = self.takes("]", ")", "[")
            if not closing:
                raise UntranslatableError(N_("%(text)s is missing"), text="]")
            above = "<=" if opening == "[" else "<"
            return meanings.feel_ordered(choices[0], (above, value), ("<=" if closing == "]" else "<", high))
        while self.takes(","):
            choices.append(self.ending())
        self.must("]" if opening == "[" else ")")
        return meanings.feel_one_of(value, choices)

    def side(self, value: ast.expr) -> ast.expr:
        return value  # what is neither yes nor no is so up to the whole condition

    def joined(self, left: ast.expr, sign: str, right: ast.expr) -> ast.expr:
        if sign not in ("||", "&&"):
            left, right = meanings.feel_value(left), meanings.feel_value(right)
        return super().joined(left, sign, right)

    def ordered(self, left: ast.expr, sign: str, right: ast.expr) -> ast.expr:
        return meanings.feel_ordered(left, (sign, right))

    def equal(self, left: ast.expr, right: ast.expr, no: bool) -> ast.expr:
        return meanings.feel_equal(left, right, no=no)

    def calculated(self, left: ast.expr, sign: str, right: ast.expr) -> ast.expr:
        if sign == "%":
            raise UntranslatableError(N_("the sign %(text)s cannot be translated"), text=sign)
        return meanings.calculated(left, sign, right, texts=True)

    def indexed(self, index: ast.expr) -> ast.expr:
        raise UntranslatableError(N_("a filter on a list cannot be translated"))


def _plain(name: str) -> str:
    if not NAME.fullmatch(name):
        msgid = N_(
            "the name %(name)s cannot be used here: a name has letters from a to z without marks, digits and _,"
            " and begins with a letter"
        )
        raise UntranslatableError(msgid, name=name)
    if keyword.iskeyword(name):
        raise UntranslatableError(N_("the name %(name)s cannot be used here"), name=name)
    return name
