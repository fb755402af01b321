// A chart: its title, values and buttons are HTML, its plot is Plotly's, without Plotly's own
// buttons and pointer events. The same script draws it on a page of the dashboard and in a file.

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
// The width of what a sheet of A4 shows between its margins, in px.
const PAPER_WIDTH = 680;
const PAPER_INK = "#16202e";
const SLIDE = { width: 960, height: 540, scale: 10 / 3 };
// The traces whose values are read by session; a heatmap shows its own.
const READ_TYPES = new Set(["scatter", "bar", "candlestick"]);
const LEAST_BARS = 5;
// Above the plot, where the title is not part of it.
const TOP = 8;
// A shorter way of the pointer, in px, is a click.
const LEAST_DRAG = 6;
// Milliseconds between two taps that are one gesture.
const DOUBLE_TAP = 300;
const LEAST_WIDTH = 240;

const ARRAYS = {
  f4: Float32Array, f8: Float64Array, i1: Int8Array, i2: Int16Array, i4: Int32Array,
  u1: Uint8Array, u2: Uint16Array, u4: Uint32Array,
};

// ---- values ----------------------------------------------------------------------------------

/** Return a value of a message with its arrays of one dimension as typed arrays. */
function decode(value) {
  if (Array.isArray(value)) return value.map(decode);
  if (value === null || typeof value !== "object") return value;
  if (value.bdata === undefined) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, decode(part)]));
  }
  if (value.shape !== undefined) return value;
  const bytes = Uint8Array.from(atob(value.bdata), (character) => character.charCodeAt(0));
  return new ARRAYS[value.dtype](bytes.buffer);
}

const formats = new Map();

/** Return a number as a format of d3 writes it, with a true minus. */
function numberText(value, format) {
  if (!formats.has(format)) {
    const [, comma, digits, letter] = /^(,?)\.(\d+)([f%g])$/.exec(format) ?? [];
    if (letter === undefined) throw new Error(`a format that is not known: ${format}`);
    const places = letter === "g"
      ? { maximumSignificantDigits: Number(digits) }
      : { minimumFractionDigits: Number(digits), maximumFractionDigits: Number(digits) };
    const style = letter === "%" ? "percent" : "decimal";
    const options = { ...places, style, useGrouping: comma === ",", signDisplay: "negative" };
    formats.set(format, new Intl.NumberFormat("en-US", options));
  }
  return formats.get(format).format(value).replace("-", "−");
}

/** Return the place of the value in a sorted array that is nearest to another. */
function nearest(values, to) {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < to) low = middle + 1; else high = middle;
  }
  return low > 0 && to - values[low - 1] < values[low] - to ? low - 1 : low;
}

/** Return the place of a value in a sorted array; -1 where it is not in it. */
function placeOf(values, value) {
  const at = nearest(values, value);
  return values[at] === value ? at : -1;
}

const dayText = (moment) => {
  const day = new Date(moment);
  return `${WEEKDAYS[day.getUTCDay()]} ${day.toISOString().slice(0, 10)}`;
};

// ---- what the values of a day are --------------------------------------------------------------

/** Return a trace's value at a point as text; empty where it has none. */
function valueText(trace, at) {
  if (at < 0) return "";
  if (trace.type === "candlestick") {
    if (Number.isNaN(trace.open[at] + trace.high[at] + trace.low[at])) return "";
    const letters = { open: "O", high: "H", low: "L", close: "C" };
    return Object.entries(letters)
      .map(([key, letter]) => `${letter} ${numberText(trace[key][at], trace.yhoverformat)}`)
      .join(" ");
  }
  const value = trace.y[at];
  if (value === null || Number.isNaN(value)) return "";
  return Array.isArray(trace.text) ? trace.text[at] : numberText(value, trace.yhoverformat ?? ",.2f");
}

const axisNumber = (trace) => Number((trace.yaxis ?? "y").slice(1) || 1);
const rank = (trace) => (trace.type === "candlestick" ? 0 : (trace.zorder ?? 0) >= 2 ? 1 : 2);

/** Return the entries of a chart's line of values, in reading order: from the top panel down. */
function readingsOf(traces) {
  const found = new Map();
  traces
    .map((trace, place) => ({ trace, place }))
    .filter(({ trace }) => READ_TYPES.has(trace.type) && !trace.meta?.days && trace.hoverinfo !== "skip")
    .sort((a, b) => axisNumber(a.trace) - axisNumber(b.trace)
      || rank(a.trace) - rank(b.trace) || a.place - b.place)
    .forEach(({ trace, place }) => {
      const label = trace.meta?.label ?? trace.name;
      if (!found.has(label)) found.set(label, { label, traces: [], places: [] });
      found.get(label).traces.push(trace);
      found.get(label).places.push(place);
    });
  return [...found.values()];
}

function swatch(trace) {
  const mark = document.createElement("i");
  mark.setAttribute("aria-hidden", "true");
  if (trace.line?.color && trace.mode !== "markers") {
    const style = { solid: "solid", dot: "dotted" }[trace.line.dash ?? "solid"] ?? "dashed";
    mark.style.borderTop = `2px ${style} ${trace.line.color}`;
  } else if (trace.type === "bar") {
    mark.className = "rut-square";
    mark.style.background = trace.marker.color;
  } else {
    return null;
  }
  return mark;
}

/** Return the greatest number of characters that the values of an entry take. */
function longest({ traces }) {
  let most = 0;
  for (const trace of traces) {
    const step = Math.max(1, Math.floor(trace.x.length / 60));
    for (let at = trace.x.length - 1; at >= 0; at -= step) {
      most = Math.max(most, valueText(trace, at).length);
    }
  }
  return most;
}

// ---- the chart ---------------------------------------------------------------------------------

const charts = new Set();
let queue = Promise.resolve();

/** Return Plotly once its script is there. */
function plotly() {
  if (window.Plotly) return Promise.resolve(window.Plotly);
  const script = document.getElementById("rut-plotly");
  return new Promise((resolve, reject) => {
    script.addEventListener("load", () => resolve(window.Plotly));
    script.addEventListener("error", () => reject(new Error("the drawing script did not load")));
  });
}

class Chart {
  constructor(box, onRange) {
    this.box = box;
    this.onRange = onRange;
    this.range = null;
    this.hidden = new Set();
    box.innerHTML = `
      <div class="rut-chart-head"><h2></h2><div class="rut-tools" role="toolbar"></div></div>
      <p class="rut-caption"></p>
      <div class="rut-reading"><span class="rut-day"></span></div>
      <p class="rut-day-texts"></p>
      <div class="rut-frame"><div class="rut-plot"></div>
        <div class="rut-pointer" tabindex="0" role="img">
          <div class="rut-cross" hidden></div><div class="rut-selection" hidden></div>
        </div></div>
      <p class="rut-keys">Arrow keys read a day, with Shift ten; + and − zoom, Page Up and Page
        Down move, 0 shows all.</p>`;
    for (const [name, css] of Object.entries({
      head: "h2", tools: ".rut-tools", caption: ".rut-caption", reading: ".rut-reading",
      day: ".rut-day", texts: ".rut-day-texts", frame: ".rut-frame", plot: ".rut-plot",
      pointer: ".rut-pointer", cross: ".rut-cross", selection: ".rut-selection",
    })) this[name] = box.querySelector(css);
    this.addTools();
    this.addPointer();
    new ResizeObserver(() => this.resize()).observe(this.frame);
    // Those of the page before are gone, and would stay in memory.
    for (const chart of charts) if (!chart.box.isConnected) charts.delete(chart);
    charts.add(this);
  }

  // ---- drawing

  /** Show a message: at once what is HTML, the plot as soon as it is its turn. */
  show(text, message) {
    if (this.text !== text) {
      const before = this.spec?.layout.uirevision;
      this.text = text;
      this.message = message;
      const { data, layout } = decode(message.figure);
      this.spec = { data, layout: { margin: {}, annotations: [], xaxis: {}, ...layout } };
      if (this.spec.layout.uirevision !== before) this.noteRange(null);
      this.isDate = this.spec.layout.xaxis.type === "date";
      this.top = this.spec.layout.margin.t === undefined ? undefined : TOP;
      this.inner = this.spec.layout.height - (this.top ? this.spec.layout.margin.t - TOP : 0);
      this.frame.style.height = `${this.inner}px`;
      this.readings = readingsOf(this.spec.data);
      this.bars = this.readings.flatMap((entry) => entry.traces)
        .reduce((x, trace) => (trace.x.length > x.length ? trace.x : x), []);
      this.pointer.hidden = this.bars.length === 0;
      this.reading.hidden = this.bars.length === 0;
      this.daysTrace = this.spec.data.find((trace) => trace.meta?.days);
      this.drawHead();
      this.read(null);
    }
    this.isDue = true;
    const top = this.box.getBoundingClientRect().top;
    if (window.Plotly && top < innerHeight && top > -this.inner) this.draw();
    else {
      // One after the other: what is above the fold can be seen and used meanwhile.
      queue = queue.then(plotly).then(() => new Promise(requestAnimationFrame))
        .then(() => this.isDue && this.box.isConnected && this.draw())
        .catch((error) => {
          this.texts.hidden = false;
          this.texts.textContent = `The chart cannot be drawn: ${error.message}.`;
        });
    }
  }

  drawHead() {
    const { message } = this;
    this.box.setAttribute("aria-label", message.title);
    this.head.textContent = message.title;
    if (message.colour) {
      const mark = document.createElement("i");
      mark.style.background = message.colour;
      this.head.prepend(mark);
    }
    this.caption.textContent = message.caption;
    this.pointer.setAttribute("aria-label", `${message.alt} Arrow keys read the values of a day.`);
    this.reading.querySelectorAll("button").forEach((button) => button.remove());
    for (const entry of this.readings) {
      const button = document.createElement("button");
      const mark = swatch(entry.traces[0]);
      if (mark) button.append(mark);
      const label = document.createElement("span");
      label.innerHTML = entry.label; // escaped where the message was made
      entry.value = document.createElement("b");
      entry.value.style.minWidth = `${longest(entry)}ch`;
      button.type = "button";
      button.title = "Show or hide";
      button.append(label, entry.value);
      button.setAttribute("aria-pressed", String(!this.hidden.has(entry.label)));
      button.onclick = () => this.toggle(entry, button);
      this.reading.append(button);
    }
    this.texts.hidden = !this.daysTrace;
  }

  /** Return what Plotly draws. */
  figure({ width, ink }) {
    const { data, layout } = this.spec;
    const hidden = new Set(
      this.readings.filter((entry) => this.hidden.has(entry.label)).flatMap((entry) => entry.places),
    );
    const axes = this.range ? this.axesIn(this.range) : {};
    // Plotly changes what it is given: the ranges of axes with every zoom.
    const page = {
      ...structuredClone(layout), width, height: this.inner,
      title: undefined, showlegend: false, hovermode: false, dragmode: false,
      margin: { ...layout.margin, ...(this.top ? { t: this.top } : {}) },
      annotations: layout.annotations.filter((annotation) => annotation.name !== "caption"),
      template: { layout: this.template(ink) },
    };
    for (const [key, value] of Object.entries(axes)) {
      const [axis, entry] = key.split(".");
      page[axis] = { ...page[axis], [entry]: value };
    }
    return [
      data.map((trace, place) => (hidden.has(place) ? { ...trace, visible: "legendonly" } : trace)),
      page,
      { staticPlot: true, responsive: false, displayModeBar: false },
    ];
  }

  template(ink) {
    const family = getComputedStyle(this.box).fontFamily;
    return {
      font: { family, size: 12, color: ink },
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    };
  }

  draw(print = false) {
    this.isDue = false;
    const ink = print ? PAPER_INK : getComputedStyle(this.plot).color;
    const width = print ? PAPER_WIDTH : this.pageWidth;
    this.width = width;
    window.Plotly.react(this.plot, ...this.figure({ width, ink }));
    this.place();
  }

  /** Put what takes the pointer over the plot's area. */
  place() {
    const { l, t, w, h } = this.plot._fullLayout._size;
    Object.assign(this.pointer.style, {
      left: `${l}px`, top: `${t}px`, width: `${w}px`, height: `${h}px`,
    });
    this.axis = this.plot._fullLayout.xaxis;
    this.read(null);
  }

  get pageWidth() {
    return Math.max(LEAST_WIDTH, Math.floor(this.frame.clientWidth));
  }

  resize() {
    const width = this.pageWidth;
    if (!this.plot._fullLayout || width === this.width || this.isPrinted) return;
    this.width = width;
    window.Plotly.relayout(this.plot, { width });
    this.place();
  }

  // ---- reading values

  /** Show the values at a place of the longest line; those of the last where it is null. */
  read(at) {
    if (!this.bars.length) return;
    const place = at ?? this.bars.length - 1;
    const x = this.bars[place];
    this.at = at;
    const day = this.isDate ? dayText(x) : `Session ${numberText(x, ",.0f")}`;
    this.day.textContent = this.message.weekly ? `Week to ${day}` : day;
    for (const { traces, value } of this.readings) {
      value.textContent = traces
        .map((trace) => valueText(trace, placeOf(trace.x, x))).find((text) => text) ?? "–";
    }
    const event = this.daysTrace ? placeOf(this.daysTrace.x, x) : -1;
    this.texts.innerHTML = event < 0 || at === null ? "" : this.daysTrace.text[event];
    this.cross.hidden = at === null;
    if (at !== null) this.cross.style.left = `${this.axis.l2p(x)}px`;
  }

  /** Return the place of the bar at a distance from the left of the plot's area, in px. */
  barAt(px) {
    return nearest(this.bars, this.axis.p2l(px));
  }

  toggle(entry, button) {
    if (!this.hidden.delete(entry.label)) this.hidden.add(entry.label);
    const isVisible = !this.hidden.has(entry.label);
    button.setAttribute("aria-pressed", String(isVisible));
    window.Plotly.restyle(this.plot, { visible: isVisible ? true : "legendonly" }, entry.places);
    this.place();
  }

  // ---- zoom

  /** Return the entries of axes, such as ``xaxis.range``, of which a range of x is seen. */
  axesIn([low, high]) {
    const update = { "xaxis.range": [low, high] };
    for (const key of this.message.fitted) {
      const axis = this.spec.layout[key];
      const [least, most] = this.extent(`y${key.slice(5)}`, low, high);
      if (least > most) continue;
      const isLog = axis.type === "log";
      const [from, to] = isLog ? [Math.log10(least), Math.log10(most)] : [least, most];
      const room = (to - from) * 0.06 || Math.abs(to) * 0.01 || 1;
      update[`${key}.range`] = [from - room, to + room];
      if (isLog) {
        // Ticks of the whole range may all be outside of a part of it.
        update[`${key}.tickmode`] = "linear";
        update[`${key}.dtick`] = `L${roundStep((most - least) / 6)}`;
        update[`${key}.tick0`] = 0;
      }
    }
    return update;
  }

  /** Return the least and the greatest value on a y axis between two values of x. */
  extent(yaxis, low, high) {
    let [least, most] = [Infinity, -Infinity];
    this.spec.data.forEach((trace) => {
      if ((trace.yaxis ?? "y") !== yaxis || trace.meta?.days) return;
      if (this.hidden.has(trace.meta?.label ?? trace.name)) return;
      const columns = trace.type === "candlestick" ? [trace.low, trace.high] : [trace.y];
      for (const values of columns) {
        for (let at = 0; at < values.length; at += 1) {
          const value = values[at];
          if (trace.x[at] < low || trace.x[at] > high || !Number.isFinite(value)) continue;
          if (value < least) least = value;
          if (value > most) most = value;
        }
      }
      if (trace.type === "bar") [least, most] = [Math.min(least, 0), Math.max(most, 0)];
    });
    return [least, most];
  }

  get whole() {
    return this.spec.layout.xaxis.range.map((end) => (this.isDate ? Date.parse(`${end}Z`) : end));
  }

  /** Show a range of x in this chart, and in the others of the page; null shows all. */
  zoom(range) {
    if (!this.bars.length) return;
    const [first, last] = this.whole;
    let wanted = range && [Math.max(first, range[0]), Math.min(last, range[1])];
    if (wanted && wanted[0] <= first && wanted[1] >= last) wanted = null;
    if (wanted) {
      const [from, to] = wanted.map((end) => nearest(this.bars, end));
      if (to - from < LEAST_BARS) return;
    }
    for (const chart of this.isDate ? charts : [this]) {
      if (chart.isDate === this.isDate && chart.box.isConnected) chart.setRange(wanted);
    }
  }

  /** Note which range of x is seen; null is all. */
  noteRange(range) {
    this.range = range;
    this.tools.classList.toggle("rut-zoomed", range !== null);
  }

  setRange(range) {
    this.noteRange(range);
    if (!this.plot._fullLayout) return;
    let update = range && this.axesIn(range);
    if (!update) {
      const { layout } = this.spec;
      update = { "xaxis.range": layout.xaxis.range };
      for (const key of this.message.fitted) {
        update[`${key}.range`] = layout[key].range;
        if (layout[key].type === "log") update[`${key}.tickmode`] = layout[key].tickmode ?? "auto";
      }
    }
    window.Plotly.relayout(this.plot, update);
    this.read(null);
  }

  /** Show a part of what is seen, around its middle or a place: 0.5 halves it. */
  scale(share, around = 0.5) {
    const [low, high] = this.range ?? this.whole;
    const middle = low + (high - low) * around;
    this.zoom([middle - (middle - low) * share, middle + (high - middle) * share]);
  }

  /** Move what is seen by a share of its width. */
  move(share) {
    if (!this.range) return;
    const [first, last] = this.whole;
    const [low, high] = this.range;
    const step = Math.min(Math.max((high - low) * share, first - low), last - high);
    this.zoom([low + step, high + step]);
  }

  // ---- buttons, pointer, keys

  addTools() {
    const add = (name, text, title, action) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = `rut-tool-${name}`;
      button.textContent = text;
      button.title = title;
      if (text.length < 3) button.setAttribute("aria-label", title);
      button.onclick = action;
      this.tools.append(button);
    };
    add("all", "All", "Show all of the window again", () => this.zoom(null));
    if (this.onRange) {
      add("range", "Use as range", "Have every figure and the link use what is seen", () => {
        const [from, to] = this.range.map((end) => this.bars[nearest(this.bars, end)]);
        this.onRange([from, to].map((end) => new Date(end).toISOString().slice(0, 10)));
      });
    }
    add("out", "−", "Zoom out", () => this.scale(2));
    add("in", "+", "Zoom in", () => this.scale(0.5));
    add("png", "PNG", "Save as an image of the size of a slide", () => this.save());
  }

  save() {
    const { data, layout } = this.spec;
    const slide = { ...layout, ...this.message.slide };
    const template = { ...this.template(PAPER_INK), paper_bgcolor: "#fff", plot_bgcolor: "#fff" };
    const figure = { data, layout: { ...slide, template: { layout: template } } };
    return window.Plotly.downloadImage(
      figure, { format: "png", filename: this.message.name, ...SLIDE },
    );
  }

  addPointer() {
    const { pointer, selection } = this;
    const touches = new Map();
    let start = null;
    let pinch = null;
    let lastTap = { time: -Infinity, x: 0 };
    const place = (event) => event.clientX - pointer.getBoundingClientRect().left;
    const isReady = () => this.axis !== undefined;

    pointer.onpointerdown = (event) => {
      if (!isReady()) return;
      if (event.pointerType === "touch") {
        touches.set(event.pointerId, place(event));
        if (touches.size === 2) {
          const [a, b] = [...touches.values()];
          pinch = { distance: Math.abs(a - b), range: this.range ?? this.whole };
        } else this.read(this.barAt(place(event)));
      } else if (event.button === 0) {
        pointer.setPointerCapture(event.pointerId);
        start = { x: place(event), moves: event.shiftKey };
      }
    };
    pointer.onpointermove = (event) => {
      if (!isReady()) return;
      if (touches.has(event.pointerId)) touches.set(event.pointerId, place(event));
      if (pinch && touches.size === 2) return;
      const width = pointer.clientWidth;
      const x = Math.min(Math.max(place(event), 0), width);
      if (start && !start.moves) {
        selection.hidden = Math.abs(x - start.x) < LEAST_DRAG;
        selection.style.left = `${Math.min(x, start.x)}px`;
        selection.style.width = `${Math.abs(x - start.x)}px`;
      }
      this.read(this.barAt(x));
    };
    const end = (event) => {
      if (!isReady()) return;
      const x = place(event);
      if (pinch && touches.size === 2) {
        const [a, b] = [...touches.values()];
        const share = pinch.distance / Math.max(1, Math.abs(a - b));
        this.scale(Math.min(Math.max(share, 0.05), 20), (a + b) / 2 / pointer.clientWidth);
        pinch = null;
      }
      touches.delete(event.pointerId);
      if (event.pointerType === "touch" && event.type === "pointerup") {
        if (event.timeStamp - lastTap.time < DOUBLE_TAP && Math.abs(x - lastTap.x) < 24) {
          this.zoom(null);
        }
        lastTap = { time: event.timeStamp, x };
      }
      if (start && event.type === "pointerup" && Math.abs(x - start.x) >= LEAST_DRAG) {
        if (start.moves) this.move((start.x - x) / pointer.clientWidth);
        else this.zoom([start.x, x].sort((a, b) => a - b).map((px) => this.axis.p2l(px)));
      }
      start = null;
      selection.hidden = true;
    };
    pointer.onpointerup = end;
    pointer.onpointercancel = end;
    pointer.onpointerleave = (event) => {
      if (isReady() && event.pointerType !== "touch" && !start) this.read(null);
    };
    pointer.ondblclick = () => this.zoom(null);
    pointer.onblur = () => isReady() && this.read(null);
    pointer.onkeydown = (event) => {
      if (!isReady() || event.ctrlKey || event.metaKey || event.altKey) return;
      const last = this.bars.length - 1;
      const at = this.at ?? last;
      const step = event.shiftKey ? 10 : 1;
      const actions = {
        ArrowLeft: () => this.read(Math.max(0, at - step)),
        ArrowRight: () => this.read(Math.min(last, at + step)),
        Home: () => this.read(0),
        End: () => this.read(last),
        Escape: () => this.read(null),
        PageUp: () => this.move(-0.5),
        PageDown: () => this.move(0.5),
        "+": () => this.scale(0.5),
        "=": () => this.scale(0.5),
        "-": () => this.scale(2),
        0: () => this.zoom(null),
      };
      const action = actions[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    };
  }
}

/** Return a step of 1, 2 or 5 times a power of ten that is not below a size. */
function roundStep(size) {
  const power = 10 ** Math.floor(Math.log10(size));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= size);
}

// On paper a chart is as wide as the sheet, and light.
addEventListener("beforeprint", () => {
  for (const chart of charts) {
    if (!chart.box.isConnected || !window.Plotly || !chart.spec) continue;
    chart.isPrinted = true;
    chart.draw(true);
  }
});
addEventListener("afterprint", () => {
  for (const chart of charts) {
    if (!chart.isPrinted) continue;
    chart.isPrinted = false;
    chart.draw();
  }
});

/** Draw a chart in an element, or draw it again where its message has changed.
 *
 * `text` is the message as JSON; `onRange`, where there is one, takes the first and the last day
 * that a reader chose.
 */
export function drawChart(box, text, onRange) {
  const isSame = box.rutChart?.text === text;
  box.rutChart ??= new Chart(box, onRange);
  box.rutChart.onRange = onRange;
  box.rutChart.show(text, isSame ? box.rutChart.message : JSON.parse(text));
}

const decoder = new TextDecoder();

/** Draw a chart as an element of a page of the dashboard. */
export default function chart({ data, parentElement, setTriggerValue }) {
  let box = parentElement.querySelector(":scope > .rut-chart");
  if (!box) {
    box = document.createElement("figure");
    box.className = "rut-part rut-chart";
    parentElement.append(box);
  }
  drawChart(box, decoder.decode(data), (range) => setTriggerValue("range", range));
}
