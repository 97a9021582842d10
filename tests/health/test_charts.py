"""Claims about the pictures of health: what they add up, what they leave out, what they escape."""

import re
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from health_scenes import CHARTS, DAY, EXPECTED, health, with_unhandled
from properties import tried
from sentry_release.health.charts import (
    build_axis_labels,
    describe_interval,
    rebin_trend,
    render_mermaid_charts,
)
from sentry_release.health.gates import Thresholds
from sentry_release.health.svg import render_svg
from sentry_release.model.health import SessionStats, Trend

HOUR = timedelta(hours=1)
SVG = "{http://www.w3.org/2000/svg}"


def numbers(chart: str, series: str) -> list[float]:
    found = re.search(rf"{series} \[(.*)\]", chart)
    assert found
    return [float(number) for number in found[1].split(", ")]


def test_a_day_by_the_hour_is_shown_hour_by_hour() -> None:
    chart = render_mermaid_charts(health(), Thresholds())

    assert chart is not None
    assert numbers(chart, "bar") == list(DAY)
    assert '"12:00", "13:00"' in chart


def test_an_hour_without_sessions_has_a_bar_of_nothing_and_no_rate() -> None:
    chart = render_mermaid_charts(health([10, 0, 20]), Thresholds())

    assert chart is not None
    assert numbers(chart, "bar") == [10, 0, 20]
    assert numbers(chart, "line") == [99, 99]


def test_an_hour_whose_rate_sentry_did_not_return_is_left_out_of_the_line() -> None:
    chart = render_mermaid_charts(health([10, 10, 20], crash_free=[0.5, None, 1.0]), Thresholds())

    assert chart is not None
    assert numbers(chart, "line") == [50, 100]


@pytest.mark.parametrize(
    ("count", "interval"),
    [(24, HOUR), (48, HOUR), (24 * 14, HOUR), (90, timedelta(days=1)), (100, HOUR / 4), (7, HOUR)],
)
def test_however_long_the_window_no_two_labels_are_alike(count: int, interval: timedelta) -> None:
    chart = render_mermaid_charts(health([3] * count, interval=interval), Thresholds())

    assert chart is not None
    axis = re.findall(r'"([^"]*)"', chart.split("x-axis [")[1].split("]")[0])
    assert len(axis) == len(set(axis)) == len(numbers(chart, "bar"))
    assert sum(numbers(chart, "bar")) == 3 * count


@tried
@given(
    st.lists(st.integers(min_value=0, max_value=10**7), min_size=1, max_size=400),
    st.integers(min_value=1, max_value=60),
    st.sampled_from([60, 900, 3600, 7200, 86400, 5400]),
)
def test_gathering_loses_no_session(counts: list[int], max_count: int, interval_s: int) -> None:
    trend = health(counts, interval=timedelta(seconds=interval_s)).trend
    assert trend is not None
    fewer = rebin_trend(trend, max_count=max_count)

    assert len(fewer.points) <= max_count
    assert sum(point.sessions for point in fewer.points) == sum(counts)
    assert fewer.points[0].start == trend.points[0].start
    assert all(
        point.crash_free_sessions is None or 0.98 < point.crash_free_sessions < 1
        for point in fewer.points
    )


def test_a_rate_counts_as_much_as_its_sessions() -> None:
    trend = health([900, 100], crash_free=[1.0, 0.5]).trend
    assert trend is not None

    (point,) = rebin_trend(trend, max_count=1).points
    assert point.crash_free_sessions == pytest.approx(0.95)


def test_a_window_without_sessions_has_a_picture_that_says_so_and_no_chart() -> None:
    nothing = health([0, 0, 0])

    assert render_mermaid_charts(nothing, Thresholds()) is None
    assert "no sessions" in render_svg(nothing, Thresholds())
    assert render_mermaid_charts(replace(nothing, trend=None), Thresholds()) is None
    assert "no sessions" in render_svg(replace(nothing, trend=Trend(interval_s=3600)), Thresholds())


def test_every_bar_and_every_dot_carries_its_value() -> None:
    page = ET.fromstring(render_svg(health([10, 0, 20], crash_free=[1.0, None, 0.5]), Thresholds()))  # noqa: S314 - our own

    bars = [bar.get("data-sessions") for bar in page.iter(f"{SVG}rect") if bar.get("data-sessions")]
    dots = [dot.get("data-percent") for dot in page.iter(f"{SVG}circle")]
    assert (bars, dots) == (["10", "0", "20"], ["100", "50"])


def test_a_rate_is_drawn_and_reported_as_complete_only_if_it_is() -> None:
    before = SessionStats(release="shop@1", sessions=10**6, crash_free_sessions=0.9999996)
    nearly = health([10**6] * 2, crash_free=[0.99996, 0.9999996], before=before)

    rates = re.findall(
        r'data-percent="([^"]*)"><title>([^ ]*) %',
        render_svg(nearly, Thresholds()).replace("\n", ""),
    )

    assert sorted(rates) == [("99.996", "99.996"), ("99.999", "99.999"), ("99.999", "99.999")]
    assert numbers(render_mermaid_charts(nearly, Thresholds()) or "", "line") == [99.996, 99.999]


@pytest.mark.parametrize(
    "name",
    ["</title><script>alert(1)</script>", 'a"b', "a&b", "x" * 300, "a\x0bb\x1b[31m", "a\ufffe"],
)
def test_a_name_cannot_break_out_of_the_picture(name: str) -> None:
    before = SessionStats(release=name, sessions=9, crash_free_sessions=0.9)
    text = render_svg(health(release=name, environment=name, before=before), Thresholds())

    tags = {one.tag.removeprefix(SVG) for one in ET.fromstring(text).iter()}  # noqa: S314 - our own
    assert tags <= {"svg", "title", "style", "rect", "text", "line", "path", "circle"}


def test_no_name_is_in_the_charts_at_all() -> None:
    chart = render_mermaid_charts(health(release="EVIL", environment="EVIL"), Thresholds())

    assert chart is not None
    assert "EVIL" not in chart


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_a_rate_of_nothing_and_of_everything_can_be_drawn(rate: float) -> None:
    extreme = health([5, 5], crash_free=[rate, rate])

    assert f'data-percent="{100 * rate:g}"' in render_svg(extreme, Thresholds())
    assert numbers(render_mermaid_charts(extreme, Thresholds()) or "", "line") == [100 * rate] * 2


def test_labels_are_in_utc() -> None:
    trend = health([1, 2]).trend

    assert trend is not None
    assert build_axis_labels(trend) == ("12:00", "13:00")


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_drawn_to_the_pixel(name: str) -> None:
    drawn = render_svg(*CHARTS[name])

    assert drawn == (EXPECTED / f"{name}.svg").read_text(), "scripts/health_charts.py writes it"


@pytest.mark.parametrize(
    ("highest", "axis"),
    [
        *((1, "4"), (4, "4"), (5, "8"), (9, "12"), (10, "20"), (13, "20"), (17, "20"), (20, "20")),
        *((21, "40"), (41, "80"), (81, "100"), (101, "200"), (999, "1k"), (1_001, "2k")),
        *((1_000_000, "1M"), (1_000_001, "2M"), (999_999, "1M")),
    ],
)
def test_the_axis_of_sessions_ends_at_the_next_round_number(highest: int, axis: str) -> None:
    labels = re.findall(
        r'<text class="end" x="56"[^>]*>([^<]*)<', render_svg(health([highest]), Thresholds())
    )

    assert (labels[0], labels[-1]) == ("0", axis)


@pytest.mark.parametrize(("count", "bars"), [(47, 47), (48, 48), (49, 25), (96, 48), (97, 33)])
def test_a_chart_has_at_most_48_bars(count: int, bars: int) -> None:
    drawn = render_svg(health([3] * count), Thresholds())

    assert drawn.count("data-sessions=") == bars


@pytest.mark.parametrize(("count", "labels"), [(10, 10), (11, 6), (20, 10), (21, 7)])
def test_a_chart_has_at_most_ten_labels_below_it(count: int, labels: int) -> None:
    drawn = render_svg(health([3] * count), Thresholds())

    assert drawn.count('<text class="middle"') == labels


@pytest.mark.parametrize(
    ("rate", "lowest"),
    [(1.0, "99 %"), (0.995, "99 %"), (0.99, "98 %"), (0.5, "49 %"), (0.0, "0 %")],
)
def test_the_axis_of_rates_begins_a_percent_below_the_lowest(rate: float, lowest: str) -> None:
    drawn = render_svg(health([5], crash_free=[rate]), Thresholds())

    assert re.findall(r">(-?[0-9.]+ %)<", drawn)[0] == lowest


def test_the_axis_of_rates_covers_the_last_percent_if_there_is_no_rate() -> None:
    drawn = render_svg(health([0, 0]), Thresholds())

    assert re.findall(r">(-?[0-9.]+ %)<", drawn) == [
        *("99 %", "99.25 %", "99.5 %", "99.75 %", "100 %")
    ]


def test_a_chart_without_a_trend_is_labelled_as_one_by_the_hour() -> None:
    drawn = render_svg(replace(health([0]), trend=None), Thresholds())

    assert ">sessions per 1 h, UTC<" in drawn


@pytest.mark.parametrize(("length", "shown"), [(28, "x" * 28), (29, "x" * 27 + "…")])
def test_a_long_name_of_the_previous_release_is_cut_in_the_legend(length: int, shown: str) -> None:
    before = SessionStats(release="x" * length, sessions=9, crash_free_sessions=0.9)

    assert f">crash-free in {shown}<" in render_svg(health(before=before), Thresholds())


def test_intervals_that_do_not_divide_a_day_stay_as_they_are() -> None:
    trend = health([1, 2, 3], interval=timedelta(hours=7)).trend

    assert trend is not None
    shown = rebin_trend(trend, max_count=48)
    assert (shown.interval_s, len(shown.points)) == (7 * 3600, 3)


@pytest.mark.parametrize(
    ("count", "interval", "hours"),
    [
        pytest.param(48, timedelta(hours=1), 1, id="as many as fit"),
        pytest.param(193, timedelta(hours=1), 6, id="five hours do not divide a day"),
        pytest.param(24 * 49, timedelta(hours=1), 48, id="longer than a day"),
        pytest.param(49, timedelta(days=1), 48, id="whole days"),
        pytest.param(49, timedelta(days=2), 96, id="intervals of two days"),
    ],
)
def test_bars_begin_at_the_same_hours_of_each_day(
    count: int, interval: timedelta, hours: int
) -> None:
    trend = health([1] * count, interval=interval).trend

    assert trend is not None
    assert rebin_trend(trend, max_count=48).interval_s == hours * 3600


@pytest.mark.parametrize(
    ("rates", "limit", "lowest"),
    [
        pytest.param([1.0, 1.0], None, 99, id="a percent below perfect rates"),
        pytest.param([0.995, 1.0], None, 99, id="a whole percent"),
        pytest.param([0.5, 1.0], None, 50, id="the lowest rate"),
        pytest.param([0.505, 1.0], None, 50, id="the whole percent below the lowest rate"),
        pytest.param([0.5, 1.0], 40.0, 40, id="the limit below it"),
        pytest.param([0.5, 1.0], 98.0, 50, id="a limit above it"),
    ],
)
def test_the_axis_of_a_chart_of_rates_starts_at_the_lowest_one(
    rates: list[float], limit: float | None, lowest: int
) -> None:
    limits = Thresholds(min_crash_free_sessions=limit)

    chart = render_mermaid_charts(health([5, 5], crash_free=rates), limits)

    assert f"y-axis {lowest} --> 100" in (chart or "")


@pytest.mark.parametrize(
    ("rates", "limit", "charts"),
    [
        pytest.param([0.9, 1.0], None, 3, id="there are some"),
        pytest.param([1.0, 1.0], None, 2, id="there are none"),
        pytest.param([1.0, 1.0], 99.0, 3, id="there are none, and a gate limits them"),
        pytest.param([None, None], None, 2, id="not reported"),
    ],
)
def test_unhandled_sessions_have_a_chart_if_there_are_any_or_a_gate_limits_them(
    rates: list[float | None], limit: float | None, charts: int
) -> None:
    shown = with_unhandled(health([5, 5]), rates)

    text = render_mermaid_charts(shown, Thresholds(min_unhandled_free_sessions=limit)) or ""

    assert text.count("xychart-beta") == charts


@pytest.mark.parametrize(("days", "bars"), [(24, 24), (25, 13)])
def test_more_than_24_labels_would_overlap(days: int, bars: int) -> None:
    shown = health([1] * days, interval=timedelta(days=1))

    assert len(numbers(render_mermaid_charts(shown, Thresholds()) or "", "bar")) == bars


def test_labels_with_date_and_time_are_half_as_many() -> None:
    def count_bars(hours: int) -> int:
        return len(numbers(render_mermaid_charts(health([1] * hours), Thresholds()) or "", "bar"))

    assert (count_bars(24), count_bars(26)) == (24, 9)


def test_an_interval_below_a_minute_is_called_one_minute() -> None:
    assert [describe_interval(seconds) for seconds in (30, 60, 119, 120)] == [
        *("1 min", "1 min", "1 min", "2 min")
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1800, "30 min"), (3600, "1 h"), (5400, "90 min"), (86400, "1 d"), (90000, "25 h")],
)
def test_an_interval_is_described_by_its_largest_whole_unit(seconds: int, text: str) -> None:
    assert describe_interval(seconds) == text


@pytest.mark.parametrize(("hours", "charts"), [(1, 1), (2, 2)])
def test_a_line_needs_two_intervals(hours: int, charts: int) -> None:
    text = render_mermaid_charts(health([5] * hours), Thresholds()) or ""

    assert text.count("xychart-beta") == charts
