"""What is wrong in PythonQt though it passes on PySide6: a walk over a file's syntax tree.

`faults(source)` gives (line, sentence) for each. Which properties a class of Qt has is asked of PySide6 where it is
installed (`qt_properties`); without it the rules that need them find nothing.
"""

import ast
import re
from collections.abc import Iterator

from Testing.rules.qt_properties import ONLY_QT6, clash_anywhere, clashes, properties

SLICERS_OWN = ("numpy", "qt", "ctk", "vtk", "slicer", "vtkmodules")
LIGHT_ROOMS = (
    "errors",
    "apart",
    "atomic",
    "resources",
    "frames",
    "catalog",
    "own_structures",
    "offered",
    "relations",
    "training_ranges",
    "sketch",
    "description",
)
NEEDS_PYDANTIC = {  # names of the description room that load pydantic
    "GeometryDescription",
    "Merged",
    "merge",
    "description_schema",
    "ParsedText",
    "Understood",
    "parse_text",
    "summary_text",
}
SLICER_FOLDERS = {"nodes", "session", "Sketch2CT"}
QT_MODULES = {"qt", "ctk"}
THREADS, THREAD_FILE = {"threading", "concurrent", "_thread"}, "widgets/file_task"
GUARD_FILE = "widgets/events"
TRANSLATION_FILE = "widgets/translation"
_TRANSLATES = {(TRANSLATION_FILE, "slicer.i18n.tr"), (TRANSLATION_FILE, "slicer.i18n.translate")}
TEXTS = {  # what makes a widget → which of its arguments people read
    "QLabel": (0,),
    "QGroupBox": (0,),
    "QCheckBox": (0,),
    "push_button": (0, 1),
    "check_box": (0, 1),
    "combo_box": (0,),
    "line_edit": (0,),
    "icon_button": (1,),
    "text_label": (0, 1),
    "add_field": (1,),
    "PathRow": (0, 1, 2),
    "shown_table": (1,),
}
TEXT_PROPERTIES = {"text", "toolTip", "title", "placeholderText", "windowTitle"}
QT6_ONLY = {"position", "globalPosition", "scenePosition", "points", "pointCount"}
INT_ONLY = {"QPoint", "QRect", "QSize"}
INT_METHODS = {
    "setFixedWidth",
    "setFixedHeight",
    "setFixedSize",
    "setMinimumWidth",
    "setMinimumHeight",
    "setMinimumSize",
    "setMaximumWidth",
    "setMaximumHeight",
    "setContentsMargins",
    "resize",
    "setColumnWidth",
    "setRowHeight",
}
_EVENTS = "paint mouse_press mouse_move mouse_release mouse_double_click wheel tablet key_press key_release resize"
EVENT_NAMES = {f"{name}_event" for name in (*_EVENTS.split(), "enter", "leave", "change", "show", "hide", "close")}
ABSENT = {"Signal": "use Listeners", "Slot": "not needed", "Property": "use a plain attribute", "QThread": "use QTimer"}
Fault = tuple[int, str]


def faults(source: str, module: str = "panel") -> list[Fault]:
    """Everything that the lint finds in one file.

    Args:
        source: The file's text.
        module: Its folder and name, as `nodes/segments`; some may import slicer.
    """
    tree = ast.parse(source)
    found: list[Fault] = [*_imports(tree, module), *_painters(tree), *_typed(tree)]
    for node in ast.walk(tree):
        found += _calls(node)
        found += _attributes(node, module)
        found += _definitions(node)
        found += _untranslated(node)
    return sorted(set(found))


def _imports(tree: ast.Module, module: str) -> Iterator[Fault]:
    import sys

    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.level:
            continue
        names = _imported(node)
        for name in names:
            parts = name.split(".")
            if parts[0] == "Sketch2CTLib":
                if len(parts) > 1 and parts[1] not in LIGHT_ROOMS:
                    yield node.lineno, f"imports {name} at file scope: only {', '.join(LIGHT_ROOMS)} are light"
                elif parts[-1] in NEEDS_PYDANTIC or parts[1:3] == ["description", "model"]:
                    yield node.lineno, f"imports {name} at file scope, which needs pydantic: import it in a function"
            elif parts[0] not in SLICERS_OWN and parts[0] not in sys.stdlib_module_names:
                yield node.lineno, f"imports {name} at file scope: a fresh Slicer may lack it or it is heavy"
    for node in ast.walk(tree):
        for name in _imported(node):
            top = name.split(".")[0]
            may = module.split("/")[0] in SLICER_FOLDERS or (module, name) in _TRANSLATES
            if top == "slicer" and not may:
                yield node.lineno, "imports slicer: panels know only qt, ctk, numpy and Sketch2CTLib"
            if top in THREADS and module != THREAD_FILE:
                yield node.lineno, f"imports {top}: Python threads are {THREAD_FILE}'s alone, for files"
            if top in (*QT_MODULES, "slicer", "vtk") and module == THREAD_FILE:
                yield node.lineno, f"imports {top}: what runs in a thread touches neither Qt nor the scene"
            if top in {"PySide6", "PyQt5", "PyQt6", "qtpy"}:
                yield node.lineno, f"imports {top}: another binding of Qt"


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def _painters(tree: ast.Module) -> Iterator[Fault]:
    """A painter on a widget or picture that a fault could leave active."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        ended = {
            ast.unparse(call.func.value)
            for block in ast.walk(function)
            if isinstance(block, ast.Try)
            for last in block.finalbody
            for call in ast.walk(last)
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "end"
        }
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and _called(node.value) == "qt.QPainter":
                name = ast.unparse(node.targets[0])
                if name not in ended:
                    yield node.lineno, f"'{name}' is not ended in a finally: an exception would leave it active"


def _calls(node: ast.AST) -> Iterator[Fault]:
    if not isinstance(node, ast.Call):
        return
    name, last = _called(node), _called(node).rsplit(".", 1)[-1]
    if isinstance(node.func, ast.Attribute) and last in {"connect", "disconnect"}:
        first = node.args[0] if node.args else None
        literal = isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value.endswith(")")
        if not literal:
            yield node.lineno, f"{name}(…): PythonQt's way is object.{last}('signal(type)', function)"
    if last in {"isinstance", "issubclass"} and len(node.args) == 2 and _mentions_qt(node.args[1]):
        yield node.lineno, f"{last} against a class of Qt is False in PythonQt"
    if isinstance(node.func, ast.Attribute) and last in QT6_ONLY and not node.args and "event" in name.lower():
        yield node.lineno, f"{name}() does not exist in Qt 5: use pos()"
    whole = (name.startswith("qt.") and last in INT_ONLY) or (
        isinstance(node.func, ast.Attribute) and last in INT_METHODS
    )
    if whole and any(_is_float(argument) for argument in node.args):
        yield node.lineno, f"{last} wants ints: a float raises TypeError"
    if name in {"print", "qt.QApplication.processEvents", "slicer.app.processEvents", "time.sleep"}:
        yield node.lineno, f"calls {name}"


def _attributes(node: ast.AST, module: str) -> Iterator[Fault]:
    if isinstance(node, ast.Attribute):
        parts = ast.unparse(node).split(".")
        if parts[0] == "qt" and len(parts) == 4 and all(part[:1].isupper() for part in parts[1:]):
            yield node.lineno, f"{'.'.join(parts)}: enums are flat, qt.{parts[1]}.{parts[3]}"
        if parts[0] == "qt" and len(parts) == 2 and parts[1] in ABSENT:
            yield node.lineno, f"qt.{parts[1]}: {ABSENT[parts[1]]}"
    if isinstance(node, ast.ExceptHandler):
        caught = [] if node.type is None else [ast.unparse(one) for one in getattr(node.type, "elts", [node.type])]
        if (node.type is None or {"Exception", "BaseException"} & set(caught)) and module != GUARD_FILE:
            yield node.lineno, f"catches everything: {GUARD_FILE} alone does, for all"


def _untranslated(node: ast.AST) -> Iterator[Fault]:
    """Texts of widgets that stand in the source as they are shown; those with values in them are not looked at."""
    shown: list[ast.expr] = []
    if isinstance(node, ast.Call):
        places = TEXTS.get(_called(node).rpartition(".")[2], ())
        shown = [node.args[place] for place in places if place < len(node.args)]
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
        of_a_widget = ast.unparse(node.targets[0].value) != "self"
        shown = [node.value] if node.targets[0].attr in TEXT_PROPERTIES and of_a_widget else []
    shown += [side for one in shown if isinstance(one, ast.IfExp) for side in (one.body, one.orelse)]
    for one in shown:
        text = one.value if isinstance(one, ast.Constant) else None
        if isinstance(text, str) and re.search("[A-Za-z]{2}", text):
            yield one.lineno, f"'{text[:30]}' is not marked for translation: _(…) of {TRANSLATION_FILE}"


def _definitions(node: ast.AST) -> Iterator[Fault]:
    """Events whose name Qt does not know are never called; overrides must not lose their widget."""
    if isinstance(node, ast.ClassDef) and any(_mentions_qt(base) for base in node.bases):
        for method in node.body:
            if isinstance(method, ast.FunctionDef) and method.name in EVENT_NAMES:
                yield method.lineno, f"{method.name} is never called: overrides are camelCase"
        if not any(isinstance(one, ast.FunctionDef) and one.name == "__init__" for one in node.body):
            return
        made = next(one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__")
        if not any(_called(call).endswith("__init__") for call in ast.walk(made) if isinstance(call, ast.Call)):
            yield made.lineno, f"{node.name}.__init__ does not call that of its base"


def _typed(tree: ast.Module) -> Iterator[Fault]:
    """New attributes on plain objects of Qt, and properties that are called, where an assignment shows the class."""
    for scope in ast.walk(tree):
        if not isinstance(scope, ast.ClassDef | ast.Module):
            continue
        classes = _known_classes(scope)
        for node in _own(scope):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    yield from _assigned(target, classes)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args:
                owner, name = ast.unparse(node.func.value), node.func.attr
                if owner in classes and name in properties(classes[owner]):
                    yield node.lineno, f"{owner}.{name}(): {name} is a property in PythonQt"


def _assigned(target: ast.expr, classes: dict[str, str]) -> Iterator[Fault]:
    if not isinstance(target, ast.Attribute):
        return
    owner, name = ast.unparse(target.value), target.attr
    kind = classes.get(owner, "")
    if name in (clashes(kind) if kind else clash_anywhere()):
        yield target.lineno, f"{owner}.{name} = …: PythonQt knows '{name}' as a method and refuses to set it"
    elif name in ONLY_QT6:
        yield target.lineno, f"{owner}.{name} = …: '{name}' is no property in Qt 5"
    elif kind and owner != "self" and properties(kind) and name not in properties(kind):
        yield target.lineno, f"{owner}.{name} = …: a {kind} has no property '{name}'"


def _known_classes(scope: ast.ClassDef | ast.Module) -> dict[str, str]:
    """Expression → class of Qt, for what is made by qt.Class(…) in this scope and never anything else."""
    classes: dict[str, set[str]] = {}
    for node in _own(scope):
        if isinstance(node, ast.Assign):
            made = _called(node.value) if isinstance(node.value, ast.Call) else ""
            kind = made.split(".")[1] if made.count(".") == 1 and made.startswith("qt.Q") else ""
            for target in node.targets:
                if isinstance(target, ast.Name | ast.Attribute):
                    classes.setdefault(ast.unparse(target), set()).add(kind)
    known = {name: next(iter(kinds)) for name, kinds in classes.items() if len(kinds) == 1 and "" not in kinds}
    if isinstance(scope, ast.ClassDef):
        bases = [ast.unparse(base).removeprefix("qt.") for base in scope.bases if ast.unparse(base).startswith("qt.Q")]
        known |= {"self": bases[0]} if bases else {}
    return known


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope without those of classes inside it."""
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, ast.ClassDef):
            yield child
            yield from _own(child)


def _called(node: ast.AST) -> str:
    """'qt.QPainter' of a call of it; '' where the callee has no name."""
    if not isinstance(node, ast.Call):
        return ""
    return ast.unparse(node.func) if isinstance(node.func, ast.Name | ast.Attribute) else ""


def _mentions_qt(node: ast.AST) -> bool:
    return any(isinstance(one, ast.Name) and one.id in QT_MODULES for one in ast.walk(node))


def _is_float(node: ast.expr) -> bool:
    """Whether an expression is a float for sure: a float literal, or a division, not inside another call."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float)
    if isinstance(node, ast.UnaryOp):
        return _is_float(node.operand)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Div) or _is_float(node.left) or _is_float(node.right)
    return False
