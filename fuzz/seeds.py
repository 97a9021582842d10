"""What fuzzing begins with: files of our fixtures, and a few lines for what has none."""

import io
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / "fuzz/corpus"
FIXTURES = ROOT / "tests/fixtures"
_FILES = {
    "pubspec": ("pubspec.yaml", "pubspec.lock"),
    "yaml": ("pubspec.yaml", ".github/**/*.yml", ".gitlab-ci.yml"),
    "gradle": ("build.gradle", "build.gradle.kts"),
    "pbxproj": ("project.pbxproj",),
    "xcconfig": ("*.xcconfig",),
    "plist": ("Info.plist",),
    "rc": ("Runner.rc",),
    "dart": ("*.dart",),
    "event": ("deployment_status.json", "workflow_run.json"),
    "page": ("index.html",),
    "workflow": (
        ".github/**/*.yml",
        "codemagic.yaml",
        ".gitlab-ci.yml",
        "bitrise.yml",
        "melos.yaml",
    ),
    "script": ("Makefile", "Fastfile", "*.sh", "*.ps1"),
}
_LINES = {
    "artifacts": (
        b'{"applicationId":"a.b","variantName":"release","elements":[{"versionCode":1,'
        b'"versionName":"1"}]}',
        b'{"app_name":"shop","version":"1.4.0","build_number":"27","package_name":"shop"}',
    ),
    "template": (
        b"{{ package }}@{{ version }}{{ '+' ~ build if build }}",
        b"{% for one in range(9) %}{{ one|strip_v }}{% endfor %}",
        b"{{ version.__class__ }}{{ ''.join(['a']*9)|safe }}{{ 9**9 }}",
    ),
    "file_commands": (b"release\0shop@1.4.0+27", b"a\0b<<end\nc\nend\nd=1", b"x\0::set-env name=a::"),
    "names": (b"shop@1.4.0+27", b"sntrys_eyJvcmciOiJhIn0=_x", b"fixes SHOP-12", b"--dart-define=A=$B",
              b'{"account": "sentry.io/acme", "rows": [["a@1", "b", "2026-01-31T12:00+00:00"]]}',
              b"feat(a)!: b (#1)\0fix: https://a.b @c\n\nBREAKING CHANGE: d\0Merge branch 'e'"),
    "yaml": (
        b"base: &b {a: 1, b: [x, y]}\njob:\n  <<: *b\n  run: |\n    a\n  c: >-\n    d\n    e\n",
        b"? [a]\n: !!int 7\n~: 'b'\n\"c\": *x\n",
    ),
    "debug_map": (
        b'["Shop","a","it\'s \\u00e9","b"]',
        b'{"version":3,"sources":["../../lib/main.dart"],"names":[],"mappings":"AAAA"}',
        b"var a;\n//# sourceMappingURL=main.dart.js.map\n//# debugId=16fbd4ef0eaf25c874dd6b23c2f9a7fd",
        b"# compiler: R8\ncom.example.A -> a.a:\n    void b() -> c\n",
        b"io.sentry.ProguardUuids=6ba7b810-9dad-11d1-80b4-00c04fd430c8\n",
    ),
    "event": (b'{"commits":[{"message":"fixes A-1"}],"pull_request":{"head":{"sha":"a"}}}',),
    "sentry_answers": (
        b'{"version":"a@1","commitCount":1,"authors":[{"name":"A","email":"a@b.c"}],'
        b'"dateReleased":null,"lastDeploy":{"id":"1","environment":"production"}}',
        b'[{"id":"1","environment":"production","name":"7","dateFinished":"2026-01-31T12:00:00Z",'
        b'"url":"https://a.b/c"}]',
        b'{"detail":"no"}',
    ),
    "github_answers": (
        b'\x00[{"id":1,"sha":"a","environment":"production","created_at":"2026-01-31T12:00:00Z"}]',
        b'\x00{"status":"ahead","ahead_by":1,"total_commits":1,"commits":[{"sha":"a","commit":'
        b'{"message":"m","author":{"name":"A","email":"a@b.c","date":"2026-01-31T12:00:00Z"}},'
        b'"files":[]}],"files":[]}',
    ),
}  # fmt: skip


def _objects(target: str) -> Iterator[bytes]:
    """The compiled files of a format, and archives of them."""
    with zipfile.ZipFile(FIXTURES / "objects/objects.zip") as compiled:
        names = compiled.namelist()
        for name in names:
            if name.startswith(f"{target}-"):
                yield compiled.read(name)
        if target == "archive":
            for path in ("lib/arm64-v8a/libapp.so", "Payload/a.app/Frameworks/App.framework/App"):
                content = io.BytesIO()
                with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
                    archive.writestr(path, compiled.read("elf-aarch64-stripped"))
                    archive.writestr("assets/a.txt", b"a")
                yield content.getvalue()
    if target == "pdb":
        yield _small_pdb()


def _small_pdb() -> bytes:
    """A PDB file of seven blocks; compiled ones are larger than what is tried."""
    block = 512
    head = b"Microsoft C/C++ MSF 7.00\r\n\x1aDS\0\0\0"
    header = head + struct.pack("<6I", block, 1, 7, 32, 0, 3)
    directory = struct.pack("<I4I3I", 4, 0, 28, 0, 64, 5, 6, 0)
    info = struct.pack("<3I16s", 20000404, 1, 2, bytes(range(16)))
    dbi = struct.pack("<3i12xI30xHI", -1, 19990903, 3, 9, 0x8664, 0)
    index = struct.pack("<I", 4)
    parts = [header, b"", b"", index, directory, info, dbi]
    return b"".join(part.ljust(block, b"\0") for part in parts)


def seeds(target: str) -> Iterator[bytes]:
    """Everything that a target is known to read, and what fuzzing has found worth keeping."""
    for pattern in _FILES.get(target, ()):
        for path in sorted(FIXTURES.rglob(pattern)):
            yield path.read_bytes()
    yield from kept_seeds(target)


def kept_seeds(target: str) -> Iterator[bytes]:
    """Those that are no files of an app of our fixtures."""
    yield from _LINES.get(target, ())
    yield from _objects(target)
    for path in sorted((CORPUS / target).glob("*")):
        yield path.read_bytes()
