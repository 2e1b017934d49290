/* Draws each chart from the JSON that the page carries; the table beside it stays, and is all that is needed without.
   Colours come from the style sheet by the role that a trace names in its meta, and change with the theme. The library
   is asked for when the page itself has loaded, and only where there is a chart. */
(function () {
  "use strict";

  const own = document.currentScript.dataset;
  const chinese = document.documentElement.lang.startsWith("zh");
  const config = { displayModeBar: false, responsive: true, locale: chinese ? "zh-TW" : "en-US", doubleClick: false };
  const WIDE = { 2: 480, 3: 820 };

  if (!document.querySelector("[data-chart], [data-source]")) {
    return;
  }

  /* A colour of the theme as an element has it: the property itself is still a choice between light and dark. */
  const probe = document.body.appendChild(document.createElement("i"));
  probe.hidden = true;

  function token(name) {
    probe.style.color = "var(--" + name + ")";
    return getComputedStyle(probe).color;
  }

  /* What is hidden is drawn only when somebody keeps it as a picture. */
  function places() {
    return Array.from(document.querySelectorAll("[data-chart]:not([hidden])"));
  }

  function stored(place) {
    return JSON.parse(document.getElementById(place.dataset.chart).textContent);
  }

  function columnsFor(width) {
    return width >= WIDE[3] ? 3 : width >= WIDE[2] ? 2 : 1;
  }

  /* Small pictures stand in as many columns as the width has room for. */
  function arrange(layout, width) {
    const arranged = layout.meta && layout.meta.arranged;
    if (arranged) {
      const chosen = arranged[columnsFor(width)];
      layout.height = chosen.height;
      layout.annotations = chosen.annotations;
      Object.keys(chosen.axes).forEach(function (axis) {
        Object.assign(layout[axis], chosen.axes[axis]);
      });
    }
  }

  function colouredTrace(trace) {
    const colour = token(trace.meta.role);
    const marker = Object.assign({}, trace.marker, { color: colour });
    if (trace.type === "bar") {
      marker.line = { color: colour, width: 1 };
      marker.pattern = Object.assign({}, marker.pattern, { fgcolor: colour, bgcolor: token("paper") });
    }
    const sign = trace.meta.ink && { textfont: { color: token(trace.meta.ink) } };
    return Object.assign({}, trace, { marker: marker }, sign, trace.line && { line: Object.assign({}, trace.line, { color: colour }) });
  }

  function coloured(figure, width) {
    const ink = token("ink");
    const axis = { gridcolor: token("chart-grid"), linecolor: token("line-strong"), dividercolor: token("line") };
    const layout = figure.layout;
    arrange(layout, width);
    Object.keys(layout).forEach(function (name) {
      if (/^[xy]axis/.test(name)) {
        const lying = figure.data[0].orientation === "h";
        Object.assign(layout[name], axis, { showgrid: name.startsWith(lying ? "x" : "y") });
      }
    });
    Object.assign(layout, {
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: getComputedStyle(document.body).fontFamily, size: 13, color: ink },
      hoverlabel: { bgcolor: token("paper"), bordercolor: token("line-strong"), font: { color: ink } },
    });
    return { data: figure.data.map(colouredTrace), layout: layout };
  }

  const settling = new Map();

  function redraw(place) {
    Plotly.purge(place);
    draw(place);
  }

  function draw(place) {
    const figure = coloured(stored(place), place.clientWidth);
    if (figure.layout.height) {
      place.style.height = figure.layout.height + "px";
    }
    place.dataset.columns = columnsFor(place.clientWidth);
    place.dataset.width = place.clientWidth;
    place.tabIndex = 0;
    watching.observe(place);
    return Plotly.react(place, figure.data, figure.layout, config);
  }

  /* One chart per turn of the loop, so that the page stays usable while they appear. */
  function drawAll() {
    const waiting = places();
    (function next() {
      const place = waiting.shift();
      if (place) {
        draw(place);
        setTimeout(next, 0);
      }
    })();
  }

  /* --- a picture to keep: the chart as it stands, with its title, and the mark that its data need --- */

  function titled(place) {
    const drawn = stored(place);
    const width = drawn.layout.width || Math.max(place.clientWidth, 480);
    const figure = coloured(drawn, width);
    const layout = figure.layout;
    const meta = layout.meta;
    const above = 44 + (figure.data.length > 3 ? 8 : 0);
    const below = meta.mark ? 24 : 0;
    layout.height = (layout.height || place.clientHeight) + above + below;
    layout.width = width;
    layout.paper_bgcolor = token("paper");
    layout.title = {
      text: meta.title + (meta.unit ? "　<span>" + meta.unit + "</span>" : ""),
      x: 0.01, xanchor: "left", y: 1, yref: "container", yanchor: "top", pad: { t: 12 }, font: { size: 15 },
    };
    layout.margin = Object.assign({}, layout.margin, { t: layout.margin.t + above, b: layout.margin.b + below });
    if (meta.mark) {
      layout.annotations = (layout.annotations || []).concat({
        text: meta.mark, showarrow: false, xref: "container", yref: "container",
        x: 1, y: 0, xanchor: "right", yanchor: "bottom", font: { size: 11 },
      });
    }
    return Plotly.toImage({ data: figure.data, layout: layout }, { format: "svg", width: width, height: layout.height });
  }

  function keep(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 10000);
  }

  function painted(address) {
    return new Promise(function (done) {
      const image = new Image();
      image.onload = function () {
        const canvas = document.createElement("canvas");
        canvas.width = image.width * 2;
        canvas.height = image.height * 2;
        canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
        canvas.toBlob(done, "image/png");
      };
      image.src = address;
    });
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("button[data-picture]");
    if (button && button.dataset.source) {
      const name = button.dataset.source.split("?")[0].split("/").slice(-2).join("-").replace(/svg$/, "png");
      painted(button.dataset.source).then(function (blob) { keep(blob, name); });
      return;
    }
    if (!button || !window.Plotly) {
      return;
    }
    const place = document.querySelector('[data-chart="' + button.dataset.of + '"]');
    const ending = button.dataset.picture;
    titled(place).then(function (address) {
      if (ending === "png") {
        return painted(address);
      }
      return new Blob([decodeURIComponent(address.slice(address.indexOf(",") + 1))], { type: "image/svg+xml" });
    }).then(function (blob) {
      keep(blob, place.dataset.chart.replace("chart-", "") + "." + ending);
    });
  });

  /* --- by the keys: the arrows go from quarter to quarter, and what stands there is said --- */

  function words(place, at) {
    return place.data.map(function (trace) {
      const text = trace.text[at];
      return text && text !== "—" ? trace.name + " " + text : "";
    }).filter(Boolean).join(chinese ? "；" : "; ");
  }

  function where(trace, at) {
    const names = trace.orientation === "h" ? trace.y : trace.x;
    if (trace.customdata) {
      return trace.customdata[at];
    }
    return Array.isArray(names[0]) ? names[0][at] + " " + names[1][at] : names[at];
  }

  function say(event) {
    const place = event.target;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step || !place.matches("[data-chart]") || !place.data) {
      return;
    }
    event.preventDefault();
    const last = place.data[0].text.length - 1;
    let at = Number(place.dataset.at || (step > 0 ? -1 : last + 1)) + step;
    while (at > 0 && at < last && !words(place, at)) {
      at += step;
    }
    at = Math.min(Math.max(at, 0), last);
    place.dataset.at = at;
    Plotly.Fx.hover(place, place.data.map(function (_trace, curve) {
      return { curveNumber: curve, pointNumber: at };
    }), place.data.some(function (trace) { return trace.xaxis; }) ? Object.keys(place.layout).filter(function (name) {
      return /^xaxis/.test(name);
    }).map(function (name) { return name.replace("axis", "") + name.replace("xaxis", "y"); }) : undefined);
    document.getElementById(place.dataset.chart + "-said").textContent =
      String(where(place.data[0], at)).replace("<br>", "") + (chinese ? "：" : ": ") + words(place, at);
  }

  /* --- a sheet of A4 is narrower than most windows --- */

  const SHEET = 660;

  function resize(size) {
    places().filter(function (place) { return place.data; }).forEach(function (place) {
      Plotly.relayout(place, size);
    });
  }

  function fitTheSheet() {
    resize({ width: SHEET });
  }

  function fitTheWindow() {
    resize({ width: null, autosize: true });
  }

  /* --- the library, last of all --- */

  function load(sources, then) {
    const source = sources.shift();
    if (!source) {
      then();
      return;
    }
    const script = document.createElement("script");
    script.src = source;
    script.onload = function () { load(sources, then); };
    document.body.appendChild(script);
  }

  const watching = new ResizeObserver(function (entries) {
    entries.forEach(function (entry) {
      const place = entry.target;
      if (!place.data) {
        return;
      }
      if (place.layout.meta.arranged) {
        place.dataset.width = place.clientWidth;
        if (Number(place.dataset.columns) !== columnsFor(place.clientWidth)) {
          draw(place);
        }
      } else if (Math.abs(place.clientWidth - Number(place.dataset.width)) > 40) {
        /* The library stretches a chart but leaves its legend where a narrower one needed it: drawn anew, it is right. */
        clearTimeout(settling.get(place));
        settling.set(place, setTimeout(redraw, 200, place));
      }
    });
  });

  function begin() {
    if (!document.querySelector("[data-chart]")) {
      return;
    }
    load(chinese ? [own.library, own.words] : [own.library], function () {
      drawAll();
      document.addEventListener("themechange", drawAll);
      window.addEventListener("beforeprint", fitTheSheet);
      window.addEventListener("afterprint", fitTheWindow);
      document.addEventListener("follows:changed", drawAll);
      document.addEventListener("keydown", say);
    });
  }

  if (document.readyState === "complete") {
    begin();
  } else {
    window.addEventListener("load", begin);
  }
})();
