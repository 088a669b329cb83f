// Draws each figure from the very rows that the table below it shows, in the colours of the page's own scheme.
(() => {
  const { Plot, d3 } = window;
  if (!Plot || !d3) return;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  // Each stands out from its ground by at least 3:1.
  const palettes = {
    light: ["#4f46e5", "#0d9488", "#c2410c", "#a21caf", "#2563eb", "#4d7c0f", "#be123c", "#0e7490", "#7c5e10", "#525b6b"],
    dark: ["#a5b4fc", "#5eead4", "#fdba74", "#f0abfc", "#93c5fd", "#bef264", "#fda4af", "#67e8f9", "#fcd34d", "#a4adbf"],
  };
  const tones = {
    light: { good: "#15803d", warn: "#b45309", bad: "#b91c1c", quiet: "#7a8394" },
    dark: { good: "#4ade80", warn: "#fbbf24", bad: "#f87171", quiet: "#8f99ad" },
  };
  const horizontal = new Set(["interval", "rows"]);
  const banded = new Set(["bar", "stack"]);

  const plain = (value) => d3.format(Math.abs(value) >= 100 ? ",.0f" : ",.2~f")(value);
  const formats = {
    number: plain,
    percent: (value) => d3.format(Math.abs(value) < 0.1 ? ".1~%" : ".0%")(value),
    multiple: (value) => `${d3.format(".2~f")(value)}×`,
    seconds: (value) => `${plain(value)} s`,
    money: (value, currency) => `${currency || ""} ${d3.format(value !== 0 && Math.abs(value) < 1 ? ",.4~f" : ",.2f")(value)}`.trim(),
  };
  const shortDay = d3.utcFormat("%-d %b");
  const wholeDay = d3.utcFormat("%-d %b %Y");
  const isDay = (value) => value instanceof Date || /^\d{4}-\d{2}-\d{2}/.test(String(value));
  const unique = (rows, field) => [...new Set(rows.map((row) => row[field]))];

  function teller(figure) {
    const amount = (value) => formats[figure.unit](value, figure.currency);
    const shown = (name, value) => {
      if (value === null || value === undefined) return "–";
      if (isDay(value)) return wholeDay(new Date(value));
      return typeof value === "number" && name !== figure.series ? amount(value) : String(value);
    };
    const said = (row) =>
      figure.fields.map((name) => `${figure.labels[name] || name}: ${shown(name, row[name])}`).join("\n");
    return { amount, said };
  }

  function marks(figure, rows, said, first) {
    const { x, y, low, high, series } = figure;
    const colour = series || first;
    // Whatever lies nearest along the axis is told: no need to meet a dot.
    const told = { title: said, tip: { pointer: horizontal.has(figure.kind) ? "y" : "x", maxRadius: 120 } };
    switch (figure.kind) {
      case "bar":
      case "stack":
        return [Plot.barY(rows, { x, y, fill: colour, insetLeft: 1, insetRight: 1, ...told }), Plot.ruleY([0])];
      case "area":
        return [
          Plot.areaY(rows, { x, y, fill: colour, fillOpacity: 0.22 }),
          Plot.lineY(rows, { x, y, stroke: colour, strokeWidth: 2, ...told }),
          Plot.ruleY([0]),
        ];
      case "dots":
        return [Plot.dot(rows, { x, y, fill: colour, r: 4, ...told })];
      case "interval":
        return [
          Plot.ruleY(rows, { x1: low, x2: high, y, stroke: colour, strokeWidth: 3, strokeOpacity: 0.55 }),
          Plot.dot(rows, { x, y, fill: colour, r: 5, ...told }),
        ];
      case "rows":
        return [
          Plot.barX(rows, { x, y, fill: colour, fillOpacity: 0.8, insetTop: 3, insetBottom: 3, ...told }),
          Plot.ruleX([0]),
          ...(high ? [Plot.tickX(rows.filter((row) => row[high] !== null), { x: high, y, stroke: "currentColor", strokeWidth: 3 })] : []),
        ];
      case "band":
        return [
          Plot.areaY(rows, { x, y1: low, y2: high, fill: colour, fillOpacity: 0.18, z: series }),
          Plot.lineY(rows, { x, y, stroke: colour, strokeWidth: 2, z: series }),
          Plot.ruleX(rows, { x, y1: low, y2: high, stroke: colour, strokeOpacity: 0.45 }),
          Plot.dot(rows, { x, y, fill: colour, r: 3.5, ...told }),
        ];
      default:
        return [
          Plot.lineY(rows, { x, y, stroke: colour, strokeWidth: 2, z: series }),
          Plot.dot(rows, { x, y, fill: colour, r: 3.5, ...told }),
        ];
    }
  }

  // The axis of amounts. Shares that come near the whole are shown against the whole.
  function amounts(figure, rows, fields, amount, room) {
    const values = rows.flatMap((row) => fields.map((name) => row[name])).filter((value) => typeof value === "number");
    const most = d3.max(values) ?? 1;
    const counted = figure.unit === "number" && values.every(Number.isInteger);
    const axis = { label: null, grid: true, tickFormat: amount, ticks: counted ? Math.max(1, Math.min(room, most)) : room };
    if (figure.log && values.every((value) => value > 0)) {
      const [from, to] = d3.extent([...values, figure.reference ?? 1]);
      const marked = [0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.4, 2, 3, 5, 10].filter((tick) => tick >= from * 0.9 && tick <= to * 1.1);
      return { ...axis, type: "log", domain: [from * 0.9, to * 1.1], ticks: marked };
    }
    if (figure.unit === "percent" && most > 0.5 && most <= 1) return { ...axis, domain: [0, 1] };
    return { ...axis, zero: true, nice: true };
  }

  function alongRows(figure, rows, width, amount) {
    const names = unique(rows, figure.y);
    const longest = Math.max(...names.map((name) => String(name).length));
    const margin = Math.min(0.4 * width, 24 + 6.8 * longest, 240);
    const fits = Math.floor((margin - 18) / 6.6);
    // Ids differ at their ends: what is left out is left out before the last words.
    const cut = (name) => {
      const whole = String(name);
      const tail = Math.floor(fits * 0.6);
      return whole.length > fits ? `${whole.slice(0, fits - tail - 1)}…${whole.slice(-tail)}` : whole;
    };
    const fields = [figure.x, figure.low, figure.high].filter(Boolean);
    return {
      height: 46 + 26 * names.length,
      marginLeft: margin,
      marginRight: 24,
      x: amounts(figure, rows, fields, amount, (width - margin) / (figure.unit === "money" ? 110 : 75)),
      y: { label: null, domain: names, tickFormat: cut, tickSize: 0 },
    };
  }

  function alongTime(figure, rows, width, amount) {
    const values = unique(rows, figure.x);
    const days = values.every(isDay);
    const fields = [figure.y, figure.low, figure.high].filter(Boolean);
    const upright = { height: 260, marginLeft: 64, marginBottom: 36, y: amounts(figure, rows, fields, amount, 5) };
    if (!banded.has(figure.kind)) {
      const step = Math.max(1, Math.ceil(values.length / (width / 75)));
      let chosen = days && values.length <= 60 ? { ticks: values.filter((_, at) => at % step === 0), tickFormat: shortDay } : {};
      // Of a single value Plot would write every digit that a number has.
      if (!days && values.length <= 4) chosen = { ticks: values, tickFormat: String };
      return { ...upright, x: { label: null, type: days ? "utc" : undefined, inset: 8, ...chosen } };
    }
    const step = Math.max(1, Math.ceil(values.length / (width / (days ? 60 : 90))));
    const ticks = values.filter((_, at) => at % step === 0);
    const words = days ? (value) => shortDay(new Date(value)) : undefined;
    // Bars are piled up: the axis has to hold the piles, which Plot measures itself.
    const pile = { label: null, grid: true, tickFormat: amount, ticks: 5, nice: true };
    return { ...upright, y: figure.unit === "percent" ? upright.y : pile, x: { label: null, domain: values, ticks, tickFormat: words } };
  }

  function colours(figure, rows, scheme) {
    if (!figure.series) return { legend: false };
    const domain = unique(rows, figure.series);
    const own = palettes[scheme];
    const range = domain.map((name, at) => tones[scheme][figure.tones[name]] || own[at % own.length]);
    return { domain, range, legend: domain.length > 1 };
  }

  function draw(place) {
    const figure = JSON.parse(place.dataset.figure);
    const scheme = dark.matches ? "dark" : "light";
    const width = Math.max(place.clientWidth, 240);
    const lying = horizontal.has(figure.kind);
    const timed = !lying && !banded.has(figure.kind) && figure.rows.every((row) => isDay(row[figure.x]));
    const rows = timed ? figure.rows.map((row) => ({ ...row, [figure.x]: new Date(row[figure.x]) })) : figure.rows;
    const { amount, said } = teller(figure);
    const across = lying ? alongRows(figure, rows, width, amount) : alongTime(figure, rows, width, amount);
    const drawn = marks(figure, rows, said, palettes[scheme][0]);
    if (figure.reference !== null) {
      const line = { stroke: "currentColor", strokeDasharray: "4 3", strokeOpacity: 0.75 };
      drawn.push(lying ? Plot.ruleX([figure.reference], line) : Plot.ruleY([figure.reference], line));
    }
    const chart = Plot.plot({
      width,
      ...across,
      style: { background: "none", fontSize: "12px", fontFamily: "inherit", color: "currentColor", overflow: "visible" },
      color: colours(figure, rows, scheme),
      marks: drawn,
    });
    chart.setAttribute("aria-hidden", "true");
    place.replaceChildren(chart);
    place.dataset.width = String(place.clientWidth);
  }

  const places = () => document.querySelectorAll("[data-figure]");
  // Only a change of width asks for another drawing: a drawing changes the height itself.
  const watcher = new ResizeObserver((changes) => {
    window.requestAnimationFrame(() => {
      for (const { target } of changes) {
        if (target.isConnected && String(target.clientWidth) !== target.dataset.width && target.clientWidth) draw(target);
      }
    });
  });
  const drawAll = () => {
    for (const place of places()) {
      draw(place);
      watcher.observe(place);
    }
  };
  drawAll();
  document.addEventListener("htmx:afterSettle", drawAll);
  dark.addEventListener("change", drawAll);
})();
