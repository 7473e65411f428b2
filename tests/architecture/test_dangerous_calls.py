"""No code runs a shell, evaluates text, skips a certificate, or uses a broken hash or guessable numbers.

Each rule covers a class of weakness that `docs/security.md` says is absent.
"""

import ast
import re

from tests.architecture.source_files import ROOT, Module, product

# Calls by their dotted name.
CALLS = frozenset({
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "pickle.load", "pickle.loads", "marshal.loads",
    "shelve.open", "hashlib.md5", "hashlib.sha1", "ssl._create_unverified_context", "tempfile.mktemp",
    "yaml.unsafe_load", "yaml.full_load",
})  # fmt: skip
# Arguments by name and value.
ARGUMENTS = {("shell", True), ("verify", False), ("validate_certs", False), ("check_hostname", False)}
# These need numbers that look random, not numbers that nobody can guess.
MAY_USE_RANDOM = {
    "services/moderation/engines/provider_client.py": "waits before a retry",
    "shared/testing.py": "ports of tests",
}
NOT_IMPORTED = frozenset({"pickle", "marshal", "shelve", "xml", "telnetlib", "ftplib"})
# The parser is told to refuse entities; `tests/deploy/test_import_files.py` shows it.
MAY_READ_XML = {"deploy/cli/importing/containers/xml_rows.py"}
# Jaeger reads no better hash that Python can make. It hides a password of 192 random bits, which nobody can guess.
MAY_USE_SHA1 = {"deploy/containers/secrets_beside.py"}
# Training runs on a developer's machine and is in no image.
NOT_INSTALLED = "services/moderation/training/"
# Folders with what an installation runs, and the endings of programs that could write beyond their memory.
INSTALLED = ("services", "shared", "deploy", "client/src")
NATIVE = frozenset({".c", ".cc", ".cpp", ".cxx", ".h", ".hpp", ".rs", ".go", ".zig", ".pyx", ".so", ".node", ".wasm"})
# A BroadcastChannel (`channel`) is heard by pages of the same origin only; a window is heard by everybody.
CLIENT = re.compile(
    r"\beval\(|new Function\(|innerHTML|outerHTML|insertAdjacentHTML|document\.write|dangerouslySetInnerHTML"
    r"|(?<!channel\.)addEventListener\(\s*[\"']message[\"']|Math\.random|importScripts\("
)


def dangerous(module: Module) -> list[str]:
    """Return every use that no module may make."""
    found = []
    for node in module.nodes:
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            given = {(one.arg, one.value.value) for one in node.keywords if isinstance(one.value, ast.Constant)}
            allowed = name == "hashlib.sha1" and module.place in MAY_USE_SHA1
            if (name in CALLS and not allowed) or given & ARGUMENTS:
                found.append(f"{module.place}:{node.lineno}: {name}")
    folders = {name.partition(".")[0] for name in module.imports}
    readable = {"xml"} if module.place in MAY_READ_XML else set()
    found += [f"{module.place}: imports {name}" for name in sorted(folders & NOT_IMPORTED - readable)]
    if "random" in folders and module.place not in MAY_USE_RANDOM:
        found.append(f"{module.place}: imports random; use secrets")
    return found


def installed() -> list[Module]:
    """Return the modules that are part of an installation."""
    return [module for module in product() if not module.place.startswith(NOT_INSTALLED)]


def test_no_module_makes_a_dangerous_call() -> None:
    assert [use for module in installed() for use in dangerous(module)] == []


def test_the_client_makes_no_markup_and_no_code_from_text_and_hears_no_other_window() -> None:
    sources = [path for path in (ROOT / "client/src").rglob("*.ts*") if path.name != "schema.ts"]
    assert len(sources) > 100
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sources
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if CLIENT.search(line)
    ]
    assert found == []


def test_every_program_is_written_in_a_language_that_manages_memory() -> None:
    suffixes = {path.suffix for folder in INSTALLED for path in (ROOT / folder).rglob("*") if path.is_file()}
    assert suffixes >= {".py", ".ts", ".tsx"}
    assert sorted(suffixes & NATIVE) == []


def test_the_rules_find_what_they_forbid() -> None:
    """A rule that finds nothing because it reads nothing would look the same."""
    source = "import random, pickle\nimport subprocess\nsubprocess.run('ls', shell=True)\nhashlib.md5(b'')\n"
    assert len(dangerous(_Written(source))) == 4
    assert CLIENT.search('element.innerHTML = "<b>"')


class _Written(Module):
    """A module with this text."""

    def __init__(self, text: str) -> None:
        object.__setattr__(self, "path", ROOT / "services/written.py")
        self.__dict__["text"] = text
