/* Runs in the report's page. `charts` holds the numbers; `uPlot` stands above. */
(() => {
  const HEIGHT = 260;
  const LEVELS = { warningPercent: '--warning', criticalPercent: '--bad', emergencyPercent: '--bad' };

  /** Canvas knows no variables of the style sheet. */
  const colour = (name) => {
    const probe = document.createElement('span');
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const value = getComputedStyle(probe).color;
    probe.remove();
    return value;
  };

  const drawLevels = (levels) => (u) => {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.font = `${11 * devicePixelRatio}px system-ui`;
    ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
    Object.entries(levels).forEach(([key, percent], index) => {
      const y = u.valToPos(percent, '%', true);
      ctx.strokeStyle = ctx.fillStyle = colour(LEVELS[key] ?? '--soft');
      ctx.globalAlpha = 0.7;
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
      ctx.fillText(
        `${key.replace('Percent', '')} ${percent} %`,
        // Side by side, for 90 and 95 % are too near to stand above each other.
        bbox.left + (4 + index * 100) * devicePixelRatio,
        y - 3 * devicePixelRatio,
      );
    });
    ctx.restore();
  };

  const draw = ({ element, before, after, levels }) => {
    const host = document.getElementById(element);
    if (!host) return;
    host.replaceChildren();
    const ink = colour('--soft');
    const axis = {
      stroke: ink,
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { stroke: colour('--line'), width: 1 },
    };
    const hasBefore = before[0].length > 0;
    const data = hasBefore ? uPlot.join([before, after]) : [after[0], after[1], after[2]];
    const line = (label, scale, stroke, more = {}) => ({
      ...{ label, scale, stroke, width: 2, points: { show: false }, spanGaps: true },
      value: (_u, value) => (value == null ? '–' : `${Math.round(value * 10) / 10} ${scale}`),
      ...more,
    });
    const dashed = { dash: [6, 4], width: 1.5 };
    const thin = { width: 1, alpha: 0.7 };
    const oldSeries = [
      line('used before', '%', colour('--before'), dashed),
      line('size before', 'GiB', ink, { ...thin, dash: [2, 4] }),
    ];
    const newSeries = [
      line(hasBefore ? 'used after' : 'used', '%', colour('--curve'), { width: 2.5 }),
      line(hasBefore ? 'size after' : 'size', 'GiB', ink, thin),
    ];
    new uPlot(
      {
        width: host.clientWidth,
        height: HEIGHT,
        scales: {
          x: { time: false },
          '%': { range: [0, 102] },
          GiB: { range: (_u, _min, max) => [0, max * 1.15 || 1] },
        },
        axes: [
          { ...axis, label: 'days' },
          { ...axis, scale: '%', label: 'used %' },
          { ...axis, scale: 'GiB', side: 1, label: 'GiB', grid: { show: false } },
        ],
        series: [{ label: 'day' }, ...(hasBefore ? [...oldSeries, ...newSeries] : newSeries)],
        hooks: levels ? { draw: [drawLevels(levels)] } : {},
      },
      data,
      host,
    );
  };
  const drawAll = () => charts.forEach(draw);
  drawAll();
  addEventListener('resize', drawAll);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
})();
