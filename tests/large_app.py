"""Apps as large as one likes, whose files import each other as those of real apps do."""

from pathlib import Path

_ROW = """\
  Widget row{number}(BuildContext context) {{
    // one row of the list
    return Padding(
      padding: const EdgeInsets.all(8),
      child: Text('Row $index of ${{rows.length}}', style: Theme.of(context).textTheme.bodyMedium),
    );
  }}
"""
_MAIN = """\
import 'package:sentry_flutter/sentry_flutter.dart';
import 'part_0/page_0.dart';

Future<void> main() async {
  await SentryFlutter.init((options) {
    options.dsn = const String.fromEnvironment('SENTRY_DSN');
  });
}
"""
_PARTS = 200


def large_app(root: Path, *, files: int, rows: int = 24, names_release: int = 20) -> Path:
    """
    An app with so many Dart files, each with so many methods.

    Args:
        root: An empty folder.
        files: How many pages it has.
        rows: How many methods a page has; 24 are about 6 KB.
        names_release: Every so many-th page mentions Sentry.
    """
    (root / "pubspec.yaml").write_text(
        "name: shop\nversion: 1.4.0+27\ndependencies:\n"
        "  flutter: {sdk: flutter}\n  sentry_flutter: ^9.6.0\n"
    )
    lib = root / "lib"
    for part in range(min(_PARTS, files)):
        (lib / f"part_{part}").mkdir(parents=True)
    body = "".join(_ROW.format(number=number) for number in range(rows))
    for number in range(files):
        text = (
            "import 'package:flutter/material.dart';\n"
            f"import 'package:shop/{_page((number + 1) % files)}';\n"
            f"import '../{_page((number * 7 + 3) % files)}';\n"
        )
        if number % names_release == 0:
            text += "import 'package:sentry_flutter/sentry_flutter.dart';\n"
        page = f"class Page{number} extends StatelessWidget {{\n{body}}}\n"
        with open(f"{lib}/{_page(number)}", "wb", buffering=0) as file:  # noqa: PTH123 - thousands
            file.write((text + page).encode())
    (lib / "main.dart").write_text(_MAIN)
    return root


def _page(number: int) -> str:
    return f"part_{number % _PARTS}/page_{number}.dart"
