"""The inputs of the checks: health gates and doctor."""

from sentry_release.config.choices import DoctorMode
from sentry_release.config.inputs import Command, Group, Input, InputGroups

CHECK_INPUTS: InputGroups = {
    Group.HEALTH: {
        "min-crash-free-sessions": Input(
            commands=(Command.HEALTH,),
            description="Minimum crash-free session rate in percent, such as `99.5`.",
        ),
        "min-crash-free-users": Input(
            commands=(Command.HEALTH,),
            description="Minimum crash-free user rate in percent, such as `99.5`.",
        ),
        "max-new-issues": Input(
            commands=(Command.HEALTH,),
            description="Maximum number of issues that are new in the release.",
        ),
        "max-drop": Input(
            commands=(Command.HEALTH,),
            description="Maximum drop of the crash-free session rate against the previous release, in "
            "percentage points. Only significant drops fail.",
        ),
        "min-sessions": Input(
            commands=(Command.HEALTH,),
            description="Minimum number of sessions. With fewer, rates are not evaluated and the result "
            "is `unknown`, unless another gate fails.",
            default="100",
        ),
        "health-window": Input(
            commands=(Command.HEALTH,),
            description="Time to evaluate, up to now: `1h` to `90d`.",
            default="24h",
        ),
        "health-wait": Input(
            commands=(Command.HEALTH,),
            description="Time to wait for `min-sessions`, `1m` to `6h`. Default: no wait.",
        ),
    },
    Group.DOCTOR: {
        "doctor": Input(
            commands=(Command.RELEASE,),
            description="What to do about errors that the doctor finds in the project: `off`, `warn` or "
            "`fail`.",
            default="warn",
            choices=DoctorMode,
        ),
        "doctor-levels": Input(
            commands=(Command.DOCTOR,),
            description="Levels of doctor rules, such as `FD13=off FD22=error`: `off`, `info`, `warning` "
            "or `error`.",
        ),
        "report-dir": Input(
            commands=(Command.HEALTH, Command.DOCTOR),
            description="Folder in the workspace for the report: health.json and health.svg, or "
            "doctor.json and doctor.sarif.",
        ),
    },
}
