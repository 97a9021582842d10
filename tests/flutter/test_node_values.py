"""Variables of a scope are read without a copy for each of its steps."""

from sentry_release.flutter.yaml_node import (
    YamlNode,
    add_nodes,
    merge_nodes,
    read_lines,
    read_texts,
)


def node(line: int, value: str | None = None) -> YamlNode:
    """A scalar on a line."""
    return YamlNode(line=line, value=value)


WORKFLOW = {"A": node(1, "a"), "B": node(2, "b")}
JOB = {"B": node(3, "c"), "C": node(4)}
STEP = {"A": node(5, "d")}


def test_the_innermost_variable_takes_precedence() -> None:
    found = add_nodes(add_nodes(WORKFLOW, JOB), STEP)

    assert merge_nodes(found) == {**WORKFLOW, **JOB, **STEP}
    assert dict(read_texts(found)) == {"A": "d", "B": "c", "C": ""}
    assert list(read_lines(found).items()) == [("A", 5), ("B", 3), ("C", 4)]
    assert read_texts(found).get("D") is None
    assert len(read_texts(found)) == 3


def test_a_step_without_variables_shares_those_of_its_job() -> None:
    job = add_nodes(WORKFLOW, JOB)

    assert add_nodes(job, {}) is job
    assert add_nodes({}, JOB) is JOB


def test_variables_of_a_workflow_are_not_copied_for_a_step() -> None:
    workflow = dict(WORKFLOW)
    step = add_nodes(add_nodes(workflow, JOB), STEP)

    workflow["D"] = node(6, "e")

    assert read_texts(step)["D"] == "e"
