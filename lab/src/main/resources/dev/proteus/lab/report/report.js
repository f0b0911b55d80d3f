
(() => {
  'use strict';

  // A click on a column's head sorts by it; a second one turns the order.
  for (const button of document.querySelectorAll('th button')) {
    button.addEventListener('click', () => {
      const head = button.parentElement;
      const column = head.cellIndex;
      const body = head.closest('table').tBodies[0];
      const turn = head.getAttribute('aria-sort') === 'ascending' ? -1 : 1;
      for (const other of head.parentElement.cells) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', turn > 0 ? 'ascending' : 'descending');
      const key = row => row.cells[column].dataset.value ?? row.cells[column].textContent;
      [...body.rows]
        .sort((a, b) => turn * compare(key(a), key(b)))
        .forEach(row => body.append(row));
    });
  }

  function compare(a, b) {
    const x = Number(a), y = Number(b);
    return a !== '' && b !== '' && !isNaN(x) && !isNaN(y) ? x - y : a.localeCompare(b, 'en');
  }

  const blocks = [...document.querySelectorAll('.chart')].map(block => ({
    canvas: block.querySelector('canvas'),
    spec: JSON.parse(block.querySelector('script').textContent),
  }));
  if (blocks.length === 0) return;

  // From the least to the greatest measurement of each bar.
  const whiskers = {
    id: 'whiskers',
    afterDatasetsDraw(chart) {
      const pen = chart.ctx, scale = chart.scales.y;
      pen.save();
      pen.strokeStyle = style('--ink');
      pen.lineWidth = 1.25;
      chart.data.datasets.forEach((set, i) => {
        if (!set.low || !chart.isDatasetVisible(i)) return;
        chart.getDatasetMeta(i).data.forEach((bar, k) => {
          if (set.low[k] === null || set.low[k] === set.high[k]) return;
          const top = scale.getPixelForValue(set.high[k]), end = scale.getPixelForValue(set.low[k]);
          const half = Math.min(4, bar.width / 4);
          pen.beginPath();
          pen.moveTo(bar.x, top);
          pen.lineTo(bar.x, end);
          pen.moveTo(bar.x - half, top);
          pen.lineTo(bar.x + half, top);
          pen.moveTo(bar.x - half, end);
          pen.lineTo(bar.x + half, end);
          pen.stroke();
        });
      });
      pen.restore();
    },
  };

  const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function axis(title, grid) {
    return {
      title: { display: !!title, text: title },
      grid: { display: grid, color: style('--rule') },
      border: { color: style('--rule') },
    };
  }

  function draw() {
    Chart.defaults.color = style('--faint');
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    for (const block of blocks) {
      const { spec } = block;
      const bars = spec.type === 'bar';
      const high = Math.max(...spec.datasets.flatMap(set => set.high ?? []).filter(v => v !== null));
      // Few bars stay slim and together.
      const share = bars && Math.min(.78, .055 * spec.labels.length * spec.datasets.length);
      block.chart?.destroy();
      block.chart = new Chart(block.canvas, {
        type: spec.type,
        plugins: [whiskers],
        data: {
          labels: spec.labels,
          datasets: spec.datasets.map((set, i) => {
            const colour = style(`--s${i % 8 + 1}`);
            const dash = i >= 8 ? [6, 3] : [];
            return bars
              ? { ...set, backgroundColor: colour, borderRadius: 2, categoryPercentage: share, barPercentage: .92 }
              : { ...set, borderColor: colour, backgroundColor: colour, borderDash: dash, borderWidth: 1.75, pointRadius: set.data.length > 30 ? 0 : 2.5 };
          }),
        },
        options: {
          animation: false,
          maintainAspectRatio: false,
          parsing: bars ? undefined : false,
          interaction: { mode: 'index', intersect: false },
          scales: {
            x: { ...axis(spec.x, false), ...(bars ? {} : { type: 'linear' }) },
            y: { ...axis(spec.y, true), ...(bars ? { beginAtZero: true, suggestedMax: high } : {}) },
          },
          plugins: {
            legend: {
              display: spec.datasets.length > 1,
              align: 'start',
              labels: { boxWidth: 12, boxHeight: 12, color: style('--ink') },
            },
            decimation: { enabled: !bars, algorithm: 'lttb', samples: 400 },
          },
        },
      });
    }
  }

  draw();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
})();
