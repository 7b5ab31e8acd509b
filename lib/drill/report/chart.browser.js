/* Runs in the report's page. `drill` holds the numbers; `uPlot` stands above. */
(() => {
  const host = document.getElementById('curve');
  const colour = (name) => {
    const probe = document.createElement('span');
    probe.style.color = `var(${name})`;
    host.append(probe);
    const value = getComputedStyle(probe).color;
    probe.remove();
    return value;
  };
  const ink = colour('--soft');
  const line = colour('--line');
  const bad = colour('--bad');

  const marks = (u) => {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.font = `${11 * devicePixelRatio}px system-ui`;
    ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
    for (const [name, percent] of Object.entries(drill.levels)) {
      const y = u.valToPos(percent, '%', true);
      ctx.strokeStyle = name === 'targetPercent' ? colour('--good') : bad;
      ctx.globalAlpha = 0.6;
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
      ctx.fillStyle = ctx.strokeStyle;
      ctx.fillText(
        `${name.replace('Percent', '')} ${percent} %`,
        bbox.left + 4 * devicePixelRatio,
        y - 2 * devicePixelRatio,
      );
    }
    ctx.globalAlpha = 1;
    ctx.fillStyle = ink;
    ctx.strokeStyle = line;
    ctx.setLineDash([]);
    drill.actions.forEach((action, i) => {
      const x = u.valToPos(action.atSeconds, 'x', true);
      const y = bbox.top + bbox.height - (10 + (i % 6) * 14) * devicePixelRatio;
      ctx.beginPath();
      ctx.moveTo(x, y);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      ctx.fillText(action.name, x + 3 * devicePixelRatio, y);
    });
    ctx.restore();
  };

  const axis = { stroke: ink, grid: { stroke: line }, ticks: { stroke: line } };
  const plot = new uPlot(
    {
      width: host.clientWidth,
      height: 320,
      scales: {
        x: { time: false },
        '%': { range: [0, 102] },
        GiB: { range: (_u, _min, max) => [0, max * 1.1 || 1] },
      },
      axes: [
        { ...axis, label: 'seconds since the disk was full' },
        { ...axis, scale: '%', label: 'used %' },
        { ...axis, scale: 'GiB', side: 1, label: 'filesystem GiB', grid: { show: false } },
      ],
      series: [
        { label: 'seconds' },
        { label: 'used %', scale: '%', stroke: colour('--curve'), width: 2.5, points: { show: false } },
        {
          label: 'inodes %',
          scale: '%',
          stroke: colour('--curve'),
          width: 1.5,
          dash: [6, 4],
          points: { show: false },
        },
        {
          label: 'filesystem GiB',
          scale: 'GiB',
          stroke: ink,
          width: 1.5,
          dash: [2, 3],
          points: { show: false },
        },
      ],
      hooks: { draw: [marks] },
    },
    [drill.seconds, drill.usedPercent, drill.inodesUsedPercent, drill.sizeGiB],
    host,
  );
  addEventListener('resize', () => plot.setSize({ width: host.clientWidth, height: 320 }));
})();
