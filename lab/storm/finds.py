"""Seeds whose schedules have found a defect, and what it was; the tests replay them."""

FINDS = {
    116: "post, run again after the clock was set back, replaced the release date",
    950: "the page of a proxy instead of a check run meant that the job has no environment",
    1781: "post, run again, took the date of a later deploy whose job had a slower clock",
}
