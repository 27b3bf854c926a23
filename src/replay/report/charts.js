// Draws the page's charts. Every number in them stands in a table as well.
(function () {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const colour = (name) => getComputedStyle(root).getPropertyValue("--" + name).trim();
  const PAPER = 660;
  const short = (x) => String(Number(x.toPrecision(3)));
  // Microseconds, as people read them.
  const latency = (us) => {
    if (us == null) return "–";
    if (us >= 1e6) return short(us / 1e6) + " s";
    return us >= 1e3 ? short(us / 1e3) + " ms" : short(us) + " µs";
  };
  const count = (x) => (x == null ? "–" : x.toLocaleString("en"));
  const clock = (s) => {
    if (s == null) return "–";
    if (s < 120) return s + " s";
    const two = (x) => String(x).padStart(2, "0");
    const h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
    return (h ? h + ":" + two(m) : m) + ":" + two(s % 60);
  };
  // One in x takes longer: 100 is 99 %.
  const share = (x) => {
    if (x == null) return "–";
    const nines = Math.max(0, Math.ceil(Math.log10(x)) - 2);
    return (100 - 100 / x).toFixed(nines) + " %";
  };
  const axis = (values, more) => ({
    stroke: colour("soft"),
    font: "12px system-ui, sans-serif",
    grid: { stroke: colour("line"), width: 1 },
    ticks: { stroke: colour("line"), width: 1 },
    values: (u, splits) => splits.map((x) => (x == null ? "" : values(x))),
    ...more,
  });
  const line = (label, name, value, more) => ({
    label, stroke: colour(name), width: 2, spanGaps: false,
    value: (u, x) => value(x), points: { size: 5 }, ...more,
  });
  const decades = (min, max) => [
    10 ** Math.floor(Math.log10(Math.max(min, 1))),
    10 ** Math.ceil(Math.log10(Math.max(max, min + 1, 10))),
  ];
  const powers = (u, i, min, max) => {
    const all = [];
    for (let x = 1; x <= max * 1.001; x *= 10) if (x >= min * 0.999) all.push(x);
    return all;
  };
  const seconds = data.seconds.planned.map((_, i) => i);
  const time = {
    scales: { x: { time: false } },
    cursor: { sync: { key: "time" }, drag: { x: true, y: false } },
  };
  const from0 = (u, min, max) => [0, Math.max(1, max * 1.05)];
  const kinds = {
    percentiles: () => ({
      data: [data.percentiles.one_in, data.percentiles.latency, data.percentiles.service],
      scales: {
        x: { time: false, distr: 3, range: (u, min, max) => [1, Math.max(10, max)] },
        y: { range: from0 },
      },
      axes: [
        axis(share, { splits: (u) => [1, 2].concat(powers(u, 0, 10, u.scales.x.max)), filter: (u, splits) => splits }),
        axis(latency, { size: 64 }),
      ],
      series: [
        { label: "Percentile", value: (u, x) => share(x) },
        line("From the planned sending", "one", latency, { fill: colour("one-fill"), points: { show: false } }),
        line("From the actual sending", "two", latency, { dash: [7, 4], points: { show: false } }),
      ],
    }),
    throughput: () => ({
      ...time,
      data: [seconds, data.seconds.planned, data.seconds.taken, data.seconds.errors],
      scales: { ...time.scales, y: { range: from0 } },
      axes: [axis(clock), axis(count, { size: 64, incrs: [1, 2, 5].flatMap((n) => [0, 1, 2, 3, 4, 5, 6].map((e) => n * 10 ** e)).sort((a, b) => a - b) })],
      series: [
        { label: "Second", value: (u, x) => clock(x) },
        line("Planned", "three", count, { dash: [3, 4] }),
        line("Taken", "one", count, { fill: colour("one-fill") }),
        line("Errors", "bad", count, { dash: [9, 3] }),
      ],
    }),
    latency: () => ({
      ...time,
      data: [seconds, data.seconds.p50, data.seconds.p99, data.seconds.max],
      scales: { ...time.scales, y: { distr: 3, range: (u, min, max) => decades(min, max) } },
      axes: [axis(clock), axis(latency, { size: 64, splits: powers, filter: (u, splits) => splits })],
      series: [
        { label: "Second", value: (u, x) => clock(x) },
        line("p50", "one", latency),
        line("p99", "two", latency, { dash: [7, 4] }),
        line("Longest", "three", latency, { dash: [2, 3] }),
      ],
    }),
  };
  let drawn = [];
  const draw = (fixed) => {
    drawn.forEach((chart) => chart.destroy());
    drawn = [];
    document.querySelectorAll("[data-chart]").forEach((place) => {
      const { data: rows, ...options } = kinds[place.dataset.chart]();
      const width = fixed || place.clientWidth;
      drawn.push(new uPlot({ width, height: width < 480 ? 240 : 300, legend: { live: true }, ...options }, rows, place));
    });
  };
  draw();
  let last = root.clientWidth;
  window.addEventListener("resize", () => {
    if (root.clientWidth !== last) {
      last = root.clientWidth;
      draw();
    }
  });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw());
  window.addEventListener("beforeprint", () => {
    root.dataset.print = "";
    document.querySelectorAll("details").forEach((part) => { part.dataset.was = part.open ? "1" : ""; part.open = true; });
    draw(PAPER);
  });
  window.addEventListener("afterprint", () => {
    delete root.dataset.print;
    document.querySelectorAll("details").forEach((part) => { part.open = part.dataset.was === "1"; });
    draw();
  });
})();
