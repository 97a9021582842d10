"""Finds the possible values of the inputs of workflows and actions."""

from collections.abc import Iterable, Mapping

from sentry_release.flutter.yaml_node import YamlNode

_MOST = 20  # values per input
_Given = Mapping[str, tuple[str, ...]]


def find_given_inputs(files: Iterable[YamlNode]) -> Mapping[str, _Given]:
    """
    Return the inputs that jobs and steps pass to each local action and workflow.

    The keys are paths as in `uses`, without `./`. An input that a caller sets to an expression has
    no values, since it is then unknown.
    """
    found: dict[str, dict[str, dict[str, None]]] = {}
    for file in files:
        for job in (file.at("runs"), *file.at("jobs").mapping.values()):
            for step in (job, *job.at("steps").sequence):
                uses = step.at("uses").text or ""
                if uses.startswith("./"):
                    inputs = found.setdefault(uses.removeprefix("./").rstrip("/"), {})
                    for name, node in step.at("with").mapping.items():
                        inputs.setdefault(name, {})[node.text or ""] = None
    return {
        path: {
            name: () if any("$" in one for one in texts) else tuple(texts)
            for name, texts in inputs.items()
        }
        for path, inputs in found.items()
    }


def find_input_values(file: YamlNode, values: _Given) -> _Given:
    """
    Return the possible values of each input of a workflow or an action, by name.

    For a choice these are its options; otherwise the values of callers and the default.
    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_dispatchinputs
    """
    found: dict[str, tuple[str, ...]] = {}
    on = file.at("on")
    for inputs in (
        file.at("inputs"),
        on.at("workflow_call", "inputs"),
        on.at("workflow_dispatch", "inputs"),
    ):
        for name, node in inputs.mapping.items():
            options = [one.text for one in node.at("options").sequence if one.text]
            default = node.at("default").text
            is_open = not options and values.get(name) == ()
            texts = options or [
                *values.get(name, ()),
                *([default] if default and not is_open else []),
            ]
            known = dict.fromkeys([*found.get(name, ()), *texts])
            found[name] = tuple(known)[:_MOST]
    return found
