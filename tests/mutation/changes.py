"""The small changes that tests have to notice: one place of a source file, and what stands there instead."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OTHER: dict[type, type] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.BitXor: ast.BitAnd,
}
LEFT_OUT = {"annotation", "returns"}
FOR_TYPES = ("TypeVar", "Literal", "cast")
# Who assigns to what is frozen hears of it from mypy.
CHECKED_BY_TYPES = {"frozen"}


Functions = ast.FunctionDef | ast.AsyncFunctionDef
Replaced = ast.expr | ast.stmt


@dataclass(frozen=True)
class Change:
    file: str
    function: str
    line: str  # What is there, on one line, and what it becomes.
    becomes: str
    lines: range  # Of the statement in its function; none for what runs when the module is imported.
    source: bytes

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.file, self.function, self.line, self.becomes


def of(path: Path, root: Path) -> Iterator[Change]:
    """Those of a file, or of all files of a folder."""
    for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
        yield from of_file(file, root)


def of_file(path: Path, root: Path) -> Iterator[Change]:
    source = path.read_bytes()
    tree = ast.parse(source)
    starts = [0]
    for each in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(each))
    for function, lines, node, new in _walk(tree, "", range(0)):
        begin = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
        changed = source[:begin] + new.encode() + source[end:]
        first, last = starts[node.lineno - 1], starts[node.end_lineno or 0]
        line = _plain(source[first:last])
        becomes = _plain(changed[first : last + len(changed) - len(source)])
        yield Change(str(path.relative_to(root)), function, line, becomes, lines, changed)


def _plain(source: bytes) -> str:
    return " ".join(source.decode().split())


def _walk(node: ast.AST, function: str, lines: range) -> Iterator[tuple[str, range, Replaced, str]]:
    """Function, lines, what is there, what replaces it. Of a statement with a body the lines are those before it."""
    if isinstance(node, Functions):
        lines = range(node.lineno, (node.end_lineno or 0) + 1)
    elif isinstance(node, ast.stmt) and lines:
        lines = range(node.lineno, _end_of_head(node) + 1)
    if isinstance(node, ast.expr | ast.stmt):
        for new in _instead_of(node):
            yield function, lines, node, new
    inner = f"{function}.{node.name}".lstrip(".") if isinstance(node, Functions | ast.ClassDef) else function
    for field, child in _children(node):
        if field in ("test", "ifs") and isinstance(child, ast.Name | ast.Attribute | ast.Call):
            yield function, lines, child, f"(not {ast.unparse(child)})"
        yield from _walk(child, inner if field in ("body", "args") else function, lines)


def _children(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for field, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and field not in LEFT_OUT and not _is_for_readers(child):
                yield field, child


def _end_of_head(statement: ast.stmt) -> int:
    body = getattr(statement, "body", None)
    return body[0].lineno - 1 if body and body[0].lineno > statement.lineno else statement.end_lineno or 0


def _is_for_readers(node: ast.AST) -> bool:
    """A docstring, or what is for the type checker; and f-strings, whose parts Python 3.11 does not place."""
    if isinstance(node, ast.JoinedStr | ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.keyword):
        return node.arg in CHECKED_BY_TYPES
    if isinstance(node, ast.Call | ast.Subscript):
        return ast.unparse(node.func if isinstance(node, ast.Call) else node.value) in FOR_TYPES
    if isinstance(node, ast.Assign):
        # Ruff says of a name that it is not there.
        return ast.unparse(node.targets[0]) == "__all__"
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "__name__ == '__main__'")


def _instead_of(node: Replaced) -> Iterator[str]:
    match node:
        case ast.Constant(value=bool() as value):
            yield str(not value)
        case ast.Constant(value=int() | float() as value) if value + 1 != value:
            yield repr(value + 1)
        case ast.Constant(value=str() as value) if " " not in value:
            yield repr("XX" + value)
        case ast.Constant(value=bytes() as value):
            yield repr(b"XX" + value)
        case ast.Compare(left=left, ops=[op, *ops], comparators=others):
            yield _in_brackets(ast.Compare(left, [OTHER[type(op)](), *ops], others))
        case ast.BoolOp(op=op, values=values):
            yield _in_brackets(ast.BoolOp(OTHER[type(op)](), values))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OTHER:
            yield _in_brackets(ast.BinOp(left, OTHER[type(op)](), right))
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert(), operand=operand):
            yield _in_brackets(operand)
        case ast.Call(func=func, args=args, keywords=keywords):
            for left_out in keywords:
                if left_out.arg and left_out.arg not in CHECKED_BY_TYPES:
                    yield ast.unparse(ast.Call(func, args, [each for each in keywords if each is not left_out]))
        case ast.stmt():
            yield from _instead_of_statement(node)


def _instead_of_statement(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield "return None"
        case ast.Expr(value=ast.Call() | ast.Await()) | ast.Raise() | ast.Delete():
            yield "pass"
        case ast.AugAssign(op=op) if type(op) in OTHER:
            yield ast.unparse(ast.AugAssign(node.target, OTHER[type(op)](), node.value))
        case ast.Continue():
            yield "break"
        case ast.Break():
            yield "continue"


def _in_brackets(node: ast.expr) -> str:
    return f"({ast.unparse(node)})"
