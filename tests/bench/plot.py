"""Line plots as SVG, with the standard library."""

import math

COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]  # Okabe, Ito: seen by everybody
DASHES = ["", "7 4", "2 3", "9 3 2 3", "", "7 4"]
WIDTH, HEIGHT = 330, 300
LEFT, RIGHT, TOP, BOTTOM = 60, 12, 34, 46


class Axis:
    """Values to places between `first` and `last` on the page."""

    def __init__(self, values, first, last, logarithmic):
        self.map = math.log10 if logarithmic else float
        self.low, self.high = self.map(min(values)), self.map(max(values))
        self.first, self.last = first, last

    def __call__(self, value):
        share = (self.map(value) - self.low) / (self.high - self.low or 1)
        return self.first + share * (self.last - self.first)


def panel(title, x_label, y_label, series, x_ticks, y_ticks, x_log, y_log):
    """SVG of one panel; series: {name: [(x, y), ...]}."""
    x = Axis(x_ticks, LEFT, WIDTH - RIGHT, x_log)
    y = Axis(y_ticks, HEIGHT - BOTTOM, TOP, y_log)
    parts = [f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="18" text-anchor="middle" font-weight="bold">{title}</text>',
             f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{x_label}</text>',
             f'<text transform="translate(14 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">{y_label}</text>']
    for tick in x_ticks:
        parts.append(f'<text x="{x(tick):.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{tick:,}</text>')
    for tick in y_ticks:
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:,}</text>')
    for i, points in enumerate(series.values()):
        line = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points)
        style = f'stroke="{COLOURS[i]}" stroke-dasharray="{DASHES[i]}"'
        parts.append(f'<polyline points="{line}" fill="none" stroke-width="2" {style}/>')
        parts += [f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="3" fill="{COLOURS[i]}"/>' for a, b in points]
    return parts


def legend(names, top):
    parts = []
    for i, name in enumerate(names):
        left = LEFT + 170 * (i % 4)
        parts.append(f'<line x1="{left}" x2="{left + 26}" y1="{top}" y2="{top}" stroke="{COLOURS[i]}" '
                     f'stroke-width="2" stroke-dasharray="{DASHES[i]}"/>')
        parts.append(f'<text x="{left + 32}" y="{top + 4}">{name}</text>')
    return parts


def write_svg(path, panels, names):
    """Panels side by side above one legend."""
    width, height = WIDTH * len(panels), HEIGHT + 24
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
             f'font-size="11"><rect width="{width}" height="{height}" fill="white"/>']
    for i, one in enumerate(panels):
        parts += [f'<g transform="translate({i * WIDTH} 0)">', *one, "</g>"]
    path.write_text("\n".join([*parts, *legend(names, HEIGHT + 10), "</svg>", ""]))
