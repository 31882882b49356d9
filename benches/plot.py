"""Pictures of the figures of the benchmark: `plot.py FIGURES PICTURES`, both folders."""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")

from matplotlib import pyplot  # noqa: E402

COLOURS = {
    "SQLite": "#2f6f9f",
    "SQLite, anew": "#9dc3dd",
    "Postgres": "#5a9e6f",
    "Postgres, anew": "#b2d6bf",
}
OTHER = "#a9a9a9"
INK = "#333333"

pyplot.rcParams.update(
    {
        "svg.fonttype": "none",
        "svg.hashsalt": "hydraulics",
        "font.family": "sans-serif",
        "font.size": 10,
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": "#cccccc",
        "xtick.color": INK,
        "ytick.color": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "figure.facecolor": "white",
    }
)


def main(figures, pictures):
    pictures.mkdir(parents=True, exist_ok=True)
    report = json.loads((figures / "server.json").read_text())
    save(rates(report), pictures / "performance-rates.svg")
    save(memory(report), pictures / "performance-memory.svg")
    growth = figures / "growth.json"
    if growth.exists():
        save(pages(json.loads(growth.read_text())), pictures / "performance-growth.svg")


def save(figure, file):
    figure.savefig(file, bbox_inches="tight", pad_inches=0.15, metadata={"Date": None})
    pyplot.close(figure)
    print(file)


def scenarios_of(report):
    return list(dict.fromkeys(row["scenario"] for row in report["rows"]))


def rates(report):
    """Bars of what is done in a second, with the floor as a mark, on a scale of powers of ten."""
    scenarios = scenarios_of(report)
    servers = [about["name"] for about in report["subjects"]]
    figure, axes = bars(len(scenarios), len(servers))
    for at, row, server in places(report["rows"], scenarios, servers):
        rate = row["server"]["rate"]
        axes.barh(at, rate, height=0.8 / len(servers), color=COLOURS.get(server, OTHER))
        axes.annotate(f"{rate:,.0f}", (rate, at), (4, 0), textcoords="offset points", va="center", fontsize=8)
        if row["floor"]:
            floor = row["floor"]["rate"]
            half = 0.4 / len(servers)
            axes.plot([floor, floor], [at - half, at + half], color="#c0392b", linewidth=2, solid_capstyle="butt")
    axes.set_xscale("log")
    lowest = min(row["server"]["rate"] for row in report["rows"])
    axes.set_xlim(left=min(10, 10 ** (len(str(int(lowest))) - 1)))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_xlabel("a second (fan-out: entries of inboxes; register: sequences)")
    finish(axes, scenarios, servers, mark=any(row["floor"] for row in report["rows"]))
    return figure


def memory(report):
    """Bars of the resident memory after each scenario."""
    scenarios = scenarios_of(report)
    known = [row for row in report["rows"] if row["resident_kib"]]
    servers = [about["name"] for about in report["subjects"] if any(row["subject"] == about["name"] for row in known)]
    figure, axes = bars(len(scenarios), max(1, len(servers)))
    for at, row, server in places(known, scenarios, servers):
        size = row["resident_kib"] / 1024
        axes.barh(at, size, height=0.8 / len(servers), color=COLOURS.get(server, OTHER))
        axes.annotate(f"{size:.0f}", (size, at), (4, 0), textcoords="offset points", va="center", fontsize=8)
    axes.set_xlabel("MiB resident after the scenario")
    finish(axes, scenarios, servers)
    return figure


def pages(growth):
    """Pairs of bars: a page of the small database and the same of the large one."""
    kinds = [page["page"] for page in growth[0]["pages"]]
    figure, every = pyplot.subplots(1, len(growth), figsize=(4.6 * len(growth), 3.4), sharey=True, squeeze=False)
    for axes, one in zip(every[0], growth):
        for number, page in enumerate(one["pages"]):
            small, large = page["p50_ms"]
            colour = COLOURS.get(one["subject"], OTHER)
            axes.barh(number - 0.2, small, height=0.38, color=colour, alpha=0.45)
            axes.barh(number + 0.2, large, height=0.38, color=colour)
            axes.annotate(f"{large / small:.2f}×", (large, number + 0.2), (4, 0), textcoords="offset points", va="center", fontsize=8)
        axes.set_title(f"{one['subject']}: small (pale) and large", fontsize=10, loc="left")
        axes.set_yticks(range(len(kinds)), kinds)
        axes.tick_params(axis="y", length=0)
        axes.margins(x=0.12)
        axes.set_xlabel("median, milliseconds")
        axes.grid(axis="x", color="#eeeeee")
        axes.set_axisbelow(True)
    every[0][0].invert_yaxis()
    figure.tight_layout()
    return figure


def bars(scenarios, servers):
    return pyplot.subplots(figsize=(8, 0.5 + scenarios * (0.22 + 0.2 * servers)))


def places(rows, scenarios, servers):
    """Each row, where it stands, and whose it is."""
    for row in rows:
        number = servers.index(row["subject"]) - (len(servers) - 1) / 2
        yield scenarios.index(row["scenario"]) + number * 0.8 / len(servers), row, row["subject"]


def finish(axes, scenarios, servers, mark=False):
    axes.set_yticks(range(len(scenarios)), scenarios)
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.margins(x=0.1, y=0.01)
    axes.grid(axis="x", color="#eeeeee")
    axes.set_axisbelow(True)
    handles = [pyplot.Rectangle((0, 0), 1, 1, color=COLOURS.get(server, OTHER)) for server in servers]
    names = list(servers)
    if mark:
        handles.append(pyplot.Line2D([], [], color="#c0392b", linewidth=2))
        names.append("floor")
    axes.legend(handles, names, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=len(names), frameon=False)


main(Path(sys.argv[1]), Path(sys.argv[2]))
