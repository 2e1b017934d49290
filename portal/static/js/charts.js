/* Draws each chart from the JSON that the page carries; the table beside it stays, and is all that is needed without.
   Colours come from the style sheet by the role that a trace names in its meta. */
(function () {
  "use strict";

  const locale = document.documentElement.lang.startsWith("zh") ? "zh-TW" : "en-US";

  /* A colour of the theme as an element has it: the property itself is still a choice between light and dark. */
  const probe = document.body.appendChild(document.createElement("i"));
  probe.hidden = true;

  function token(name) {
    probe.style.color = "var(" + name + ")";
    return getComputedStyle(probe).color;
  }

  function coloured(figure) {
    const axis = { gridcolor: token("--chart-grid"), linecolor: token("--line-strong"), dividercolor: token("--line") };
    const layout = Object.assign({}, figure.layout, {
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: getComputedStyle(document.body).fontFamily, size: 13, color: token("--ink") },
      hoverlabel: { bgcolor: token("--paper"), bordercolor: token("--line-strong"), font: { color: token("--ink") } },
      xaxis: Object.assign({}, figure.layout.xaxis, axis, { showgrid: false }),
      yaxis: Object.assign({}, figure.layout.yaxis, axis),
    });
    const data = figure.data.map(function (trace) {
      const colour = token("--chart-" + trace.meta.role);
      return Object.assign({}, trace, {
        line: Object.assign({}, trace.line, { color: colour }),
        marker: Object.assign({}, trace.marker, { color: colour }),
      });
    });
    return { data: data, layout: layout };
  }

  function draw(place) {
    const figure = coloured(JSON.parse(document.getElementById(place.dataset.chart).textContent));
    const config = { displayModeBar: false, responsive: true, locale: locale, doubleClick: false };
    return Plotly.react(place, figure.data, figure.layout, config);
  }

  /* One chart per turn of the loop, so that the page stays usable while they appear. */
  function drawAll() {
    const places = Array.from(document.querySelectorAll("[data-chart]"));
    (function next() {
      const place = places.shift();
      if (place) {
        draw(place);
        setTimeout(next, 0);
      }
    })();
  }

  drawAll();
  document.addEventListener("themechange", drawAll);
})();
