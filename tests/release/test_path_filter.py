"""Claims about `paths`: read as GitHub reads the filters of a workflow."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.release.commit_source import matches_paths

# The rows of GitHub's cheat sheet, their files, and files that they must not mean.
SHEET = [
    (["*"], ["README.md", "server.rb"], ["docs/README.md"]),
    (["*.jsx?"], ["page.js", "page.jsx"], ["page.jsxx", "page.jsy", "a/page.js"]),
    (["**"], ["all/the/files.md", "one"], []),
    (["*.js"], ["app.js", "index.js"], ["src/app.js", "app.jsx"]),
    (["**.js"], ["index.js", "js/index.js", "src/js/app.js"], ["index.ts"]),
    (["docs/*"], ["docs/README.md", "docs/file.txt"], ["docs/mona/a.md", "docs", "xdocs/a"]),
    (["docs/**"], ["docs/README.md", "docs/mona/octocat.txt"], ["docs", "my/docs/a.md"]),
    (
        ["docs/**/*.md"],
        ["docs/README.md", "docs/mona/hello-world.md", "docs/a/markdown/file.md"],
        ["docs/a.txt", "README.md"],
    ),
    (
        ["**/docs/**"],
        ["docs/hello.md", "dir/docs/my-file.txt", "space/docs/plan/space.doc"],
        ["mydocs/a", "docs"],
    ),
    (["**/README.md"], ["README.md", "js/README.md"], ["js/MYREADME.md", "README.md/a"]),
    (["**/*src/**"], ["a/src/app.js", "my-src/code/js/app.js"], ["srcs/app.js"]),
    (["**/*-post.md"], ["my-post.md", "path/their-post.md"], ["post.md", "my-post.mdx"]),
    (
        ["**/migrate-*.sql"],
        ["migrate-10909.sql", "db/migrate-v1.0.sql", "db/sept/migrate-v1.sql"],
        ["migrate-/a.sql"],
    ),
    (["*.md", "!README.md"], ["hello.md"], ["README.md", "docs/hello.md"]),
    (["*.md", "!README.md", "README*"], ["hello.md", "README.md", "README.doc"], ["x.doc"]),
]


@pytest.mark.parametrize(
    ("globs", "intended", "others"), SHEET, ids=[" ".join(row[0]) for row in SHEET]
)
def test_the_cheat_sheet_of_github_holds(
    globs: list[str], intended: list[str], others: list[str]
) -> None:
    assert [path for path in intended if not matches_paths(globs, [path])] == []
    assert [path for path in others if matches_paths(globs, [path])] == []


@pytest.mark.parametrize(
    ("glob", "intended", "others"),
    [
        pytest.param("Octoc?t", ["Octoct", "Octot"], ["Octocat", "Octocct"], id="? is of one sign"),
        pytest.param("[CB]at", ["Cat", "Bat"], ["Rat", "at", "CBat"], id="[] is one of them"),
        pytest.param("[1-2]00", ["100", "200"], ["300", "-00"], id="[] may hold a range"),
        pytest.param("v[0-9]+.dart", ["v1.dart", "v10.dart"], ["v.dart", "vx.dart"], id="[]+"),
        pytest.param("a+.md", ["a.md", "aaa.md"], [".md", "b.md"], id="+ is once or more"),
        pytest.param("[a-z_-].md", ["a.md", "_.md", "-.md"], ["A.md"], id="[] with a hyphen last"),
        pytest.param("[^a].md", ["b.md"], ["a.md"], id="[^] is none of them"),
        pytest.param("[z-a].md", ["[z-a].md"], ["z.md", "-.md"], id="a range that runs backwards"),
        pytest.param("[--a].md", ["-.md", "0.md"], ["b.md"], id="a range from the hyphen"),
        pytest.param("[ab", ["[ab"], ["a"], id="[ without an end"),
        pytest.param("a++.md", ["aa.md"], [".md"], id="+ twice"),
        pytest.param("a+?.md", ["aa.md", ".md"], ["b.md"], id="+ and ?"),
        pytest.param("a+b?", ["ab", "aa"], ["abb"], id="+ and ? of two signs"),
        pytest.param("+a", ["+a"], ["a"], id="+ with nothing before it"),
        pytest.param(r"\*.md", ["*.md"], ["a.md", r"\*.md"], id="a star that is meant"),
        pytest.param(r"\!a.md", ["!a.md"], ["a.md"], id="an exclamation mark that is meant"),
        pytest.param("a!.md", ["a!.md"], ["a.md"], id="one that does not come first"),
        pytest.param("a.md", ["a.md"], ["axmd", "A.md", "a.md\n", "b/a.md"], id="as it stands"),
        pytest.param("***/a", ["a", "b/a", "b/c/a"], ["ba"], id="three stars"),
        pytest.param("lib**/**/", ["lib/", "lib/a/"], ["lib"], id="two stars twice"),
        pytest.param("*lib**/**/", ["lib/", "lib/a/"], ["lib"], id="two stars twice after one"),
        pytest.param("lib**/a", ["libs/a", "lib/b/a"], ["liba"], id="two stars after a letter"),
        pytest.param("(a|b)$.md", ["(a|b)$.md"], ["a.md"], id="signs of regular expressions"),
        pytest.param("é/ü?.md", ["é/ü.md", "é/.md"], ["e/u.md"], id="letters with marks"),
        pytest.param("a*b", ["a\nb"], ["a/b"], id="a line break in a name"),
        pytest.param("*[ab]+*bc", ["abc", "xabybc"], ["bc", "a/bc"], id="[]+ between stars"),
        pytest.param("*[^b]*a", ["c/a", "cca"], ["ba", "c/b/a"], id="[^] between stars"),
    ],
)
def test_the_signs_mean_what_github_says(glob: str, intended: list[str], others: list[str]) -> None:
    assert [path for path in intended if not matches_paths([glob], [path])] == []
    assert [path for path in others if matches_paths([glob], [path])] == []


def test_the_last_glob_that_fits_decides() -> None:
    globs = ["apps/**", "!apps/admin/**", "apps/admin/lib/**"]

    assert matches_paths(globs, ["apps/shop/a.dart"])
    assert not matches_paths(globs, ["apps/admin/README.md"])
    assert matches_paths(globs, ["apps/admin/lib/a.dart"])


def test_one_file_that_is_meant_is_enough() -> None:
    assert matches_paths(["apps/**", "!**/*.md"], ["README.md", "apps/README.md", "apps/a.dart"])
    assert not matches_paths(["apps/**", "!**/*.md"], ["README.md", "apps/README.md"])


def test_without_files_nothing_is_touched_and_without_globs_everything_is() -> None:
    assert not matches_paths(["**"], [])
    assert matches_paths([], [])
    assert matches_paths([], ["a"])
    assert not matches_paths(["!docs/**"], ["a"])


@pytest.mark.parametrize(
    ("glob", "path"),
    [
        ("*+*+*+*+b", "a" * 500),
        ("a++++++b", "a" * 500),
        ("**/**/**/**/**/**/b", "a/" * 250),
        ("[a]+?+?+?b", "a" * 500),
        ("**?**+b", "a" * 500),
        ("*a*a*a*a*a*b", "a" * 500),
        ("**a**a**a**a**b", "a" * 500),
        ("*.*.*.*.*.*.*b", "." * 500),  # a dot is escaped in the regular expression
        ("*[.]*[.]*[.]*[.]*[.]*[.]*b", "." * 500),
        ("**/lib/**/lib/**/lib/**/x.dart", "lib/" * 500),
        ("**/*a/**/*a/**/*a/**/*.md", "ba/" * 500),
        ("a**/+b", "a" + "/" * 500),
    ],
)
def test_no_glob_takes_for_ever(glob: str, path: str) -> None:
    began = time.process_time()

    assert not matches_paths([glob], [path])
    assert time.process_time() - began < 1


def test_a_hundred_thousand_files_are_read_in_a_moment() -> None:
    began = time.process_time()

    assert not matches_paths(["apps/shop/**", "!**/*.md", "packages/*/lib/**"], PATHS)
    assert time.process_time() - began < 3


PATHS = [f"apps/admin/{number // 100}/{number}.dart" for number in range(100_000)]


@tried
@given(
    st.lists(st.text(st.sampled_from("*?+[]!\\/a-z.^") | st.characters(), max_size=12), max_size=4),
    st.text(),
)
def test_no_glob_can_break_anything(globs: list[str], path: str) -> None:
    assert matches_paths(globs, [path]) in {True, False}


@tried
@given(
    st.lists(st.sampled_from(["*", "**", "**/", "/", "a", "b", "[ab]", "[^a]"]), max_size=9),
    st.text(st.sampled_from("aab//c"), max_size=12),
)
def test_stars_mean_what_trying_everything_says(pieces: list[str], path: str) -> None:
    stars = re.sub(r"\*\*+", "**", "".join(pieces))

    assert matches_paths([stars], [path]) is by_hand(stars, path)


def by_hand(glob: str, path: str, before: str = "/") -> bool:
    """The same, by trying everything; `before` is what stands before the glob."""
    if glob.startswith("**/") and before == "/" and by_hand(glob[3:], path):
        return True
    if glob.startswith("**"):
        return by_hand(glob[2:], path, "*") or (path != "" and by_hand(glob, path[1:], "*"))
    if glob.startswith("*"):
        more = path[:1] not in {"", "/"} and by_hand(glob, path[1:], "*")
        return more or by_hand(glob[1:], path, "*")
    one = re.match(r"\[\^?\w+\]|.|$", glob, re.DOTALL)
    if one is None or not one[0]:
        return path == ""
    return re.match(one[0], path) is not None and by_hand(glob[one.end() :], path[1:], one[0])


@tried
@given(st.text(st.characters(exclude_characters="*?+[]!\\"), min_size=1))
def test_a_path_without_signs_means_itself(path: str) -> None:
    assert matches_paths([path], [path])
    assert not matches_paths([path], [f"{path}x"])


def test_a_class_of_nothing_but_its_sign_is_that_sign() -> None:
    assert matches_paths(["a[^]b"], ["a^b"])
    assert not matches_paths(["a[^]b"], ["axb"])
    assert matches_paths(["a[^x]b"], ["ayb"])
    assert not matches_paths(["a[^x]b"], ["axb"])
