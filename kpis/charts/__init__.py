"""Pictures of figures: a value object says what is shown, and is drawn as a bullet bar or a Plotly figure.

Pure functions of published or computed values; they ask no database.
"""

from kpis.charts.bullets import Bullet, Gauge, bullet, drawn
from kpis.charts.figures import figure
from kpis.charts.nodes import Progress, Spending, money, progress, progress_of
from kpis.charts.paths import by_organisation, path
from kpis.charts.pictures import SVG, Bar, Bars, bars_of, svg
from kpis.charts.values import Chart, Line, Measure, Place

__all__ = [
    "SVG",
    "Bar",
    "Bars",
    "Bullet",
    "Chart",
    "Gauge",
    "Line",
    "Measure",
    "Place",
    "Progress",
    "Spending",
    "bars_of",
    "bullet",
    "by_organisation",
    "drawn",
    "figure",
    "money",
    "path",
    "progress",
    "progress_of",
    "svg",
]
