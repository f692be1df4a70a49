/* Draws the table of each <figure data-chart="stacked|lines"> as a chart above it; without JavaScript
 * the table alone is shown. A heading with data-line names a line, and its tone class the colour; a
 * cell's data-value is what is drawn, empty for a gap. data-unit="seconds" tells lengths of time, "ms",
 * "dollars" and "percent" what they say; data-by-hour labels hours instead of days. Days and hours are UTC, whoever looks.
 */
(() => {
  "use strict";
  if (!window.uPlot) return;
  const HEIGHT = 220;
  const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3]]; // lines differ by more than colour
  const SECONDS = [1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400, 172800, 345600, 604800];
  const COUNTS = [1, 2, 5].flatMap((one) => [0, 1, 2, 3, 4, 5, 6, 7].map((power) => one * 10 ** power)).sort((a, b) => a - b);
  const CENTS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, ...COUNTS];

  const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
  const words = (options) => {
    const format = new Intl.DateTimeFormat(language, { timeZone: "UTC", ...options });
    return (seconds) => format.format(new Date(seconds * 1000));
  };
  const day = words({ day: "numeric", month: "short" });
  const hour = words({ hour: "2-digit", minute: "2-digit", hour12: false });
  const number = new Intl.NumberFormat(language);
  const length = (seconds) => {
    const units = [[86400, "d"], [3600, "h"], [60, "min"]];
    const [size, unit] = units.find(([least]) => seconds >= 2 * least || seconds === least) || [1, "s"];
    return `${Math.round(10 * seconds / size) / 10} ${unit}`;
  };

  const money = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
  const TOLD = {
    seconds: length,
    ms: (value) => `${number.format(value)} ms`,
    dollars: (value) => money.format(value),
    percent: (value) => `${number.format(Math.round(10 * value) / 10)} %`,
  };
  const STEPS = { seconds: SECONDS, dollars: CENTS };

  // A property such as --tone may hold light-dark(…), which only an element's own colour resolves.
  const colourOf = (element, value) => {
    const probe = element.appendChild(document.createElement("span"));
    probe.style.color = value;
    const colour = getComputedStyle(probe).color;
    probe.remove();
    return colour;
  };

  const read = (figure) => {
    const rows = [...figure.querySelectorAll("tbody tr")].reverse();
    const heads = [...figure.querySelectorAll("th[data-line]")];
    return {
      moments: rows.map((row) => Date.parse(row.querySelector("time").dateTime) / 1000),
      lines: heads.map((head, place) => ({
        label: head.textContent,
        colour: colourOf(head, "var(--tone)"),
        values: rows.map((row) => {
          const value = row.querySelectorAll("td")[place].dataset.value;
          return value === "" ? null : Number(value);
        }),
      })),
    };
  };

  // Pixels beside the longest label of an axis, its ticks among them.
  const room = (_chart, told) => 26 + 6.5 * Math.max(2, ...(told || []).map((one) => one.length));

  // Each line of a stack stands on those after it, and is drawn before them.
  const heaped = (lines) => lines.map((_, place) => lines[0].values.map(
    (_value, step) => lines.slice(place).reduce((sum, line) => sum + (line.values[step] || 0), 0),
  ));

  const options = (figure, { moments, lines }, width) => {
    const stacked = figure.dataset.chart === "stacked";
    const unit = figure.dataset.unit;
    const tell = TOLD[unit] || ((value) => number.format(value));
    const quiet = colourOf(figure, "var(--c-quiet)");
    const rule = colourOf(figure, "var(--c-line)");
    const step = moments.length > 1 ? moments[1] - moments[0] : 3600;
    const font = `11px ${getComputedStyle(figure).fontFamily}`;
    const moment = "byHour" in figure.dataset ? (at) => `${day(at)} ${hour(at)}` : day;
    const axis = { stroke: quiet, font, grid: { stroke: rule, width: 1 }, ticks: { stroke: rule, width: 1 } };
    return {
      width,
      height: HEIGHT,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      padding: [8, 18, 0, 0],
      cursor: { drag: { x: false, y: false }, points: { show: !stacked } },
      scales: {
        x: { range: (_chart, least, most) => [least - step / 2, most + step / 2] },
        y: { range: (_chart, _least, most) => [0, Math.max(unit === "dollars" ? 0.05 : 1, most * 1.08)] },
      },
      axes: [
        { ...axis, grid: { show: false }, space: 64, values: (_chart, splits) => splits.map("byHour" in figure.dataset ? hour : day) },
        { ...axis, incrs: STEPS[unit] || COUNTS, values: (_chart, splits) => splits.map(tell), size: room },
      ],
      series: [
        { label: "byHour" in figure.dataset ? "Hour" : "Day", value: (_chart, at) => (at === null ? "" : moment(at)) },
        ...lines.map((line, place) => ({
          label: line.label,
          stroke: line.colour,
          fill: stacked ? line.colour : undefined,
          width: stacked ? 0 : 2,
          dash: stacked ? undefined : DASHES[place % DASHES.length],
          paths: stacked ? uPlot.paths.bars({ size: [0.8, 40], align: 0 }) : uPlot.paths.linear(),
          points: { show: !stacked && moments.length <= 31, size: 5 },
          value: (_chart, _value, _series, at) => {
            const told = at === null ? null : line.values[at];
            return told === null || told === undefined ? "—" : tell(told);
          },
        })),
      ],
    };
  };

  const draw = (figure) => {
    const known = read(figure);
    let place = figure.querySelector(".chart-plot");
    if (!place) {
      place = document.createElement("div");
      place.className = "chart-plot";
      place.setAttribute("aria-hidden", "true"); // the sentence and the table say the same
      const table = figure.querySelector("details");
      figure.insertBefore(place, table);
      table.open = false;
    }
    place.replaceChildren();
    const values = figure.dataset.chart === "stacked" ? heaped(known.lines) : known.lines.map((line) => line.values);
    // At rest the legend tells the latest step.
    const rest = (chart) => chart.setLegend({ idx: known.moments.length - 1 });
    const look = { ...options(figure, known, place.clientWidth), hooks: { ready: [rest] } };
    const chart = new uPlot(look, [known.moments, ...values], place);
    chart.over.addEventListener("mouseleave", () => setTimeout(() => rest(chart), 50));
    return { chart, place };
  };

  const figures = [...document.querySelectorAll("figure[data-chart]")];
  let drawn = figures.map(draw);
  const again = () => {
    drawn.forEach(({ chart }) => chart.destroy());
    drawn = figures.map(draw);
  };
  const fit = new ResizeObserver(() => drawn.forEach(({ chart, place }) => {
    if (place.clientWidth && place.clientWidth !== chart.width) chart.setSize({ width: place.clientWidth, height: HEIGHT });
  }));
  figures.forEach((figure) => fit.observe(figure));

  /* A canvas keeps the colours it was drawn in. */
  new MutationObserver(again).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
})();
