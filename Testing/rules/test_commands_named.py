"""Every command and option of `sketch2ct` that a document, a hint, an error or a help text names is there."""

import ast
import re
import shlex
import tomllib
from functools import cache
from itertools import pairwise

import pytest

from Sketch2CTLib.cli.main import EXTRAS, VERBS, load_verb
from Sketch2CTLib.cli.usage import USAGE_ERROR
from Sketch2CTLib.generation.asking import PRESETS_SHIPPED
from Sketch2CTLib.generation.model.presets import PRESETS
from Testing.rules.house import ROOT, short, syntax, tracked_files

PROGRAM = "sketch2ct"
DOCUMENTS = [path for path in tracked_files() if path.suffix == ".md" and path.name != "CHANGELOG.md"]
PACKAGES = {ROOT / "Sketch2CT", ROOT / "Sketch2CTLib"}
SOURCES = [path for path in tracked_files() if path.suffix == ".py" and PACKAGES & set(path.parents)]
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")
OF_ALL = {"--help", "-h", "--version", "--debug"}
# Options in code that are not of a command: of other programs, and of `python -m` of this repository.
FOREIGN = re.compile(
    r"\b(?:pip|openssl|git|python|cmake|ruff|pytest|make|torchrun|nnUNetv2\w*)\b|TORCH|--apply|--at\b|--name-of-it"
)
INSTALL = re.compile(r"pip install\s+((?:-e\s+)?)[\"']?([\w.]*)\[?([\w,]*)")


@cache
def command_of(verb):
    """The command of a verb."""
    return load_verb(verb)


@cache
def options_of(verb, below=""):
    """The options of a verb, or of a command below it."""
    command = command_of(verb).commands[below] if below else command_of(verb)
    return {name for one in command.params for name in (*one.opts, *one.secondary_opts)} | OF_ALL


@cache
def all_options():
    """The options of all verbs and of the commands below them."""
    below = [(verb, name) for verb in VERBS for name in getattr(command_of(verb), "commands", {})]
    return set().union(*(options_of(verb) for verb in VERBS), *(options_of(*pair) for pair in below))


@cache
def extras():
    """The project's optional parts."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return set(project["optional-dependencies"])


def commands_in(text):
    """The words of each command of the program in a text, as a shell cuts them, up to where its quotes end."""
    for match in re.finditer(rf"(.?)(?<![\w./-]){PROGRAM} +(?=\S)", re.sub(r"\\\n\s*", " ", text)):
        rest = match.string[match.end() :].splitlines()[0]
        quote = match[1] if match[1] in ("'", '"', "`") else "`"
        rest = re.split(r" #|\||&&|…|→", rest.split(quote)[0])[0]
        try:
            yield shlex.split(rest)
        except ValueError:
            yield rest.split()


def faults(text):
    """What is wrong with the commands that a text names, one sentence each."""
    for words in commands_in(text):
        verb = words[0].rstrip(".,;:)") if words else ""
        if verb in OF_ALL or not re.fullmatch(r"[a-z]+", verb):
            continue
        if verb not in VERBS:
            yield f"there is no '{PROGRAM} {verb}'"
            continue
        below = getattr(command_of(verb), "commands", {})
        name = words[1].rstrip(".,;:)") if len(words) > 1 and re.match(r"[a-z]+[.,;:)]?$", words[1]) else ""
        if below and name and name not in below:
            yield f"there is no '{PROGRAM} {verb} {name}'"
            continue
        known = options_of(verb, name if name in below else "")
        named = (option for word in words for option in OPTION.findall(word.split("=")[0])[:1])
        yield from (f"'{PROGRAM} {verb} {name}' has no {option}" for option in named if option not in known)
        yield from preset_faults(verb, words)


def preset_faults(verb, words):
    """A preset that there is not, or that is to generate with and not shipped."""
    known = PRESETS_SHIPPED if verb in ("generate", "serve", "evaluate") else tuple(PRESETS)
    for option, value in pairwise(words):
        if option == "--preset" and value.islower() and value not in known:
            yield f"'{PROGRAM} {verb}' cannot have the preset '{value}'"


def loose_faults(text):
    """Options that a sentence names without a command and no command has, and extras that cannot be installed so."""
    if not FOREIGN.search(text):
        yield from (f"no command has {name}" for name in OPTION.findall(text) if name not in all_options())
    for editable, package, named in INSTALL.findall(text):
        if package.lower().startswith(PROGRAM):
            yield f"no package index has '{package}': pip install -e '.[{named}]'"
        elif editable and not set(filter(None, named.split(","))) <= extras():
            yield f"there is no extra '{named}'"


def strings(path):
    """(line, text) of each string of a file, docstrings too; what is filled in is shown as …"""
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.JoinedStr):
            yield (
                node.lineno,
                "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values),
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def code_in(document):
    """(code blocks, pieces of inline code) of a document."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", document, flags=re.DOTALL | re.MULTILINE)
    rest = re.sub(r"^```.*?^```", "", document, flags=re.DOTALL | re.MULTILINE)
    indented = re.findall(r"^ {4}(\S.*)$", rest, flags=re.MULTILINE)
    return [*blocks, *indented], [piece.replace("\n", " ") for piece in re.findall(r"`([^`]+)`", rest)]


def parse_fault(words):
    """Why the program refuses a whole command, '' where it takes it; nothing runs."""
    command = command_of(words[0])
    try:
        with command.make_context(words[0], list(words[1:])) as context:
            if hasattr(command, "commands") and context._protected_args:
                _, below, rest = command.resolve_command(context, [*context._protected_args, *context.args])
                below.make_context(below.name, rest, parent=context).close()
    except USAGE_ERROR as error:
        return error.format_message()
    return ""


@pytest.mark.parametrize("path", DOCUMENTS, ids=short)
def test_a_document_names_commands_that_there_are(path):
    blocks, pieces = code_in(path.read_text(encoding="utf-8"))
    wrong = [fault for code in (*blocks, *pieces) for fault in (*faults(code), *loose_faults(code))]
    wrong += [fault for block in blocks for words in commands_in(block) if (fault := parse_fault(words))]
    assert not wrong, f"{short(path)}: {'; '.join(wrong)}"


def test_hints_and_help_texts_name_commands_that_there_are():
    wrong = [
        f"{short(path)}:{line}: {fault}"
        for path in SOURCES
        for line, text in strings(path)
        if " " in text.strip() and ("--" in text or PROGRAM in text or "pip install" in text)
        for fault in (*faults(text), *loose_faults(text))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("verb", list(VERBS))
def test_the_examples_of_a_help_text_are_taken_by_the_program(verb):
    texts = [one.help for one in (command_of(verb), *getattr(command_of(verb), "commands", {}).values()) if one.help]
    examples = [words for text in texts for words in commands_in(text)]
    assert examples
    for words in examples:
        assert not parse_fault(words), f"{PROGRAM} {shlex.join(words)}: {parse_fault(words)}"


def test_every_extra_that_a_missing_package_names_is_one_of_the_project():
    assert set(EXTRAS.values()) <= extras()


WRONG = {
    "a verb": "Run 'sketch2ct trian'.",
    "a command below": "sketch2ct evaluate mask --data x",
    "an option": "`sketch2ct generate --skech a.json`",
    "an option in the next line": "sketch2ct generate --out r \\\n    --skech a.json",
    "an option of another verb": "Run 'sketch2ct parse --candidates 2', or another.",
    "a preset that is not shipped": "sketch2ct generate --preset small --out r",
    "a preset that there is not": "sketch2ct train all --preset huge",
}
LOOSE = {
    "an option": "Drop --strengt.",
    "an index": 'pip install "Sketch2CTLib[serve]"',
    "an extra": 'pip install -e ".[x]"',
}
RIGHT = (
    "Train it with 'sketch2ct prepare' and 'sketch2ct train', and name that folder with --models.",
    "sketch2ct evaluate all --data p --json a.json --skip downstream   # goes on where it was cut off",
    "SKETCH2CT_TOKEN=$(openssl rand -hex 24) sketch2ct serve --host 0.0.0.0",
    'sketch2ct generate --text "about 1.4 litres" --out=r',
    "what `sketch2ct train` writes, --steps and all",
)


@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_there_is_found(name):
    assert list(faults(WRONG[name]))


@pytest.mark.parametrize("name", LOOSE)
def test_what_is_not_there_is_found_without_a_command(name):
    assert list(loose_faults(LOOSE[name]))


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_there_passes(text):
    assert [*faults(text), *loose_faults(text)] == []
