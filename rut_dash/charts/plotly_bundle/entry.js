// What of plotly.js the charts use: lines, bars, candles and heatmaps. A quarter of the whole.
//
// `browser/plotly-charts.min.js` is made of it, with plotly.js 4.1.0 and esbuild 0.28 from npm:
//
//   npm install plotly.js@4.1.0 esbuild
//   npx esbuild entry.js --bundle --minify --format=iife --target=es2022 \
//     --define:global=window --legal-comments=eof --outfile=plotly-charts.min.js
//
// (The style sheet that esbuild writes beside it is of maps, and not used.)
import Plotly from "plotly.js/lib/core";
import bar from "plotly.js/lib/bar";
import candlestick from "plotly.js/lib/candlestick";
import heatmap from "plotly.js/lib/heatmap";

Plotly.register([bar, candlestick, heatmap]);
window.Plotly = Plotly;
