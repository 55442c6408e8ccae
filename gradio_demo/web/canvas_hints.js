// Single hints among strokes: which lies at a place, and strokes with one moved or without it.
const hintAt = (strokes, [x, y], slack) => {
    const far = ([x0, y0], [x1, y1]) => {
        const along = (x1 - x0) ** 2 + (y1 - y0) ** 2;
        const share = along ? ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / along : 0;
        const on = Math.min(Math.max(share, 0), 1);
        return Math.hypot(x - x0 - on * (x1 - x0), y - y0 - on * (y1 - y0));
    };
    // What was painted last lies on top.
    return strokes.findLastIndex(({ points, radius }) =>
        points.some((point, n) => far(points[Math.max(n - 1, 0)], point) <= Math.max(radius, slack)),
    );
};
const withMoved = (strokes, index, [right, down], { width, height }) => {
    const { points, ...brush } = strokes[index];
    const kept = (far, axis, most) => {
        const places = points.map((point) => point[axis]);
        return Math.min(Math.max(far, -Math.min(...places)), most - 0.1 - Math.max(...places));
    };
    const far = [kept(right, 0, width), kept(down, 1, height)];
    const round = (value) => Math.round(value * 10) / 10;
    const moved = points.map(([x, y]) => [round(x + far[0]), round(y + far[1])]);
    return strokes.with(index, { ...brush, points: moved });
};
const middleOf = ({ points }) => points[Math.floor(points.length / 2)];
