(() => {
  // Pictures in space: dragged, or turned with the arrow keys.
  for (const svg of document.querySelectorAll('svg.space')) {
    const { width, height } = svg.viewBox.baseVal;
    const half = Number(svg.dataset.half);
    let [yaw, pitch] = [Number(svg.dataset.yaw), Number(svg.dataset.pitch)];
    const places = (node, name) => node.dataset[name].split(' ').map((value) => 2 * Number(value) - 1);
    const parts = [...svg.querySelectorAll('[data-a]')].map((node) => ({
      node, a: places(node, 'a'), b: node.dataset.b && places(node, 'b'),
    }));
    const placed = ([x, z, y]) => {
      const across = x * Math.cos(yaw) + z * Math.sin(yaw);
      const back = z * Math.cos(yaw) - x * Math.sin(yaw);
      const up = y * Math.cos(pitch) + back * Math.sin(pitch);
      const deep = back * Math.cos(pitch) - y * Math.sin(pitch);
      return [width / 2 + half * across, height / 2 - half * up, 1 - 0.16 * deep];
    };
    const draw = () => {
      for (const { node, a, b } of parts) {
        const set = (name, value) => node.setAttribute(name, value.toFixed(1));
        const [x, y, near] = placed(a);
        if (b) {
          const [other, below] = placed(b);
          set('x1', x); set('y1', y); set('x2', other); set('y2', below);
        } else if (node.dataset.r) {
          set('cx', x); set('cy', y); set('r', node.dataset.r * near);
        } else {
          const own = Number(node.dataset.half);
          set('x', Math.min(Math.max(x, own), width - own));
          set('y', Math.min(Math.max(y + 4, 12), height - 4));
        }
      }
    };
    const turn = (across, down) => {
      yaw += across;
      pitch = Math.min(Math.max(pitch + down, -1.5), 1.5);
      draw();
    };
    let from = null;
    let moved = false;
    svg.addEventListener('pointerdown', (event) => { from = [event.clientX, event.clientY]; moved = false; });
    addEventListener('pointermove', (event) => {
      if (!from) return;
      const [across, down] = [event.clientX - from[0], event.clientY - from[1]];
      if (!moved && Math.hypot(across, down) < 4) return;
      moved = true;
      from = [event.clientX, event.clientY];
      turn(across * 0.01, down * 0.01);
    });
    for (const end of ['pointerup', 'pointercancel']) addEventListener(end, () => { from = null; });
    // A drag that ends on a mark does not lead to its trial.
    svg.addEventListener('click', (event) => { if (moved) event.stopPropagation(); });
    svg.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] }[event.key];
      if (!step) return;
      event.preventDefault();
      turn(...step);
    });
  }
})();
