// What is seen of the photo on a canvas: all of it, or a part, nearer. Places are shares of the stage
// ("across" and "down") or of the photo, both from 0 to 1.
const MOST_ZOOM = 8;
const makeView = (changed) => {
    let zoom = 1;
    let left = 0; // the photo's share at the stage's left
    let top = 0;
    const within = (value) => Math.min(Math.max(value, 0), 1 - 1 / zoom);
    const put = (newLeft, newTop) => {
        left = within(newLeft);
        top = within(newTop);
        changed();
    };
    return {
        get zoom() {
            return zoom;
        },
        get corner() {
            return [left, top];
        },
        get transform() {
            return `scale(${zoom}) translate(${-100 * left}%, ${-100 * top}%)`;
        },
        onPhoto: (across, down) => [left + across / zoom, top + down / zoom],
        // Zooms, and leaves the photo where it is under one place of the stage.
        by(factor, across = 0.5, down = 0.5) {
            const x = left + across / zoom;
            const y = top + down / zoom;
            zoom = Math.min(Math.max(zoom * factor, 1), MOST_ZOOM);
            if (zoom < 1.01) zoom = 1;
            put(x - across / zoom, y - down / zoom);
        },
        // Draws the photo along.
        pull(across, down) {
            put(left - across / zoom, top - down / zoom);
        },
        // Has a place of the photo be seen.
        include(x, y) {
            const edge = 0.05 / zoom;
            const near = (start, value) =>
                Math.min(Math.max(start, value + edge - 1 / zoom), value - edge);
            if (zoom > 1) put(near(left, x), near(top, y));
        },
        whole() {
            zoom = 1;
            put(0, 0);
        },
    };
};

// Two fingers zoom and draw the photo along. Each call with where they are, in pixels of the stage.
const makePinch = (view) => {
    let before = null;
    return {
        begin: () => (before = null),
        move([one, other], width, height) {
            const apart = Math.max(Math.hypot(one[0] - other[0], one[1] - other[1]), 1);
            const across = (one[0] + other[0]) / 2 / width;
            const down = (one[1] + other[1]) / 2 / height;
            if (before) {
                view.pull(across - before.across, down - before.down);
                view.by(apart / before.apart, across, down);
            }
            before = { apart, across, down };
        },
    };
};
