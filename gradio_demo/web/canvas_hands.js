// What mouse, fingers and keys do on the canvas.
const brushes = (name) => name === "paint" || name === "erase";
const nearest = (at) => {
    const reach = (REACH * photo.width) / marks.clientWidth / view.zoom;
    return hintAt(strokes, at, reach);
};
const remove = (index) => {
    chosen = -1;
    if (index >= 0) paint(strokes.toSpliced(index, 1));
};
const moveChosen = (far) => {
    pull = [0, 0];
    if (chosen >= 0 && far.some(Boolean)) paint(withMoved(strokes, chosen, far, photo));
    else changed();
};
const giveUp = () => {
    stroke = pressed = null;
    pull = [0, 0];
    draw();
};

marks.addEventListener("pointerdown", (event) => {
    if (!photo || event.button > 1) return;
    const at = place(event);
    clearTimeout(resting);
    if (paints) {
        event.preventDefault();
        marks.focus({ preventScroll: true });
        marks.setPointerCapture(event.pointerId);
        fingers.set(event.pointerId, onStage(event));
        if (fingers.size > 1) {
            pinch.begin();
            giveUp();
            return;
        }
    }
    pressed = { at, tool: event.button ? "pull" : tool };
    if (brushes(pressed.tool)) {
        cursor = null;
        begin(at);
    } else if (pressed.tool === "move") {
        chosen = masks ? -1 : nearest(at);
        if (chosen < 0) pressed.tool = "pull";
        changed();
    }
});
marks.addEventListener("pointermove", (event) => {
    if (!photo) return;
    const [x, y] = onStage(event);
    const before = fingers.get(event.pointerId);
    if (before) fingers.set(event.pointerId, [x, y]);
    if (fingers.size > 1) {
        pinch.move([...fingers.values()], marks.clientWidth, marks.clientHeight);
        return;
    }
    const at = place(event);
    if (stroke) {
        const [x, y] = stroke.points[stroke.points.length - 1];
        if (Math.hypot(at[0] - x, at[1] - y) >= stroke.radius / 2) stroke.points.push(at);
        draw();
    } else if (before && pressed?.tool === "move") {
        pull = [at[0] - pressed.at[0], at[1] - pressed.at[1]];
        draw();
    } else if (before && pressed?.tool === "pull") {
        view.pull((x - before[0]) / marks.clientWidth, (y - before[1]) / marks.clientHeight);
    } else if (masks && brushes(tool) && event.pointerType === "mouse") {
        cursor = at; // how large the brush is there
        draw();
    } else if (paints && tool === "paint" && event.pointerType === "mouse") {
        clearTimeout(resting);
        const rest = palette.childElementCount ? STAY : REST;
        resting = setTimeout(() => {
            cursor = at; // where the palette is of
            draw();
            ask(at);
        }, rest);
    }
});
marks.addEventListener("pointerup", (event) => {
    fingers.delete(event.pointerId);
    if (!pressed) return;
    const { at, tool: began } = pressed;
    pressed = null;
    if (began === "move") moveChosen(pull);
    else if (began === "pick") pick(at);
    else if (began === "ask") {
        cursor = at;
        draw();
        ask(at);
    } else finish();
});
marks.addEventListener("pointercancel", (event) => {
    fingers.delete(event.pointerId);
    giveUp();
});
marks.addEventListener("pointerleave", () => {
    clearTimeout(resting);
    if (!masks) return;
    cursor = null;
    draw();
});
if (paints)
    marks.addEventListener(
        "wheel",
        (event) => {
            // Where nothing is left to zoom, the page moves on.
            if (!photo || stroke || (event.deltaY > 0 && view.zoom === 1)) return;
            event.preventDefault();
            clearTimeout(resting);
            const [x, y] = onStage(event);
            const far = event.deltaY * (event.deltaMode ? 30 : 1);
            view.by(Math.exp(-far / 400), x / marks.clientWidth, y / marks.clientHeight);
        },
        { passive: false },
    );
for (const [name, factor] of [["nearer", 1.5], ["farther", 1 / 1.5]])
    on(name, "click", () => view.by(factor));
on("whole", "click", view.whole);
on("delete", "click", () => remove(chosen));

const seenAt = ([x, y]) => {
    const [left, top] = view.corner;
    return [(x / photo.width - left) * view.zoom, (y / photo.height - top) * view.zoom];
};
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
marks.addEventListener("keydown", (event) => {
    if (!photo) return;
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && (key === "z" || key === "y")) {
        event.preventDefault();
        if (key === "y" || event.shiftKey) redo();
        else undo();
        return;
    }
    if (paints && ["+", "=", "-", "0"].includes(key) && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        if (key === "0") view.whole();
        else view.by(key === "-" ? 1 / 1.5 : 1.5, ...(cursor ? seenAt(cursor) : []));
        return;
    }
    if (paints && !masks && (key === "delete" || key === "backspace")) {
        event.preventDefault();
        remove(chosen < 0 && cursor ? nearest(cursor) : chosen);
        return;
    }
    const step = STEPS[event.key];
    if (step) {
        event.preventDefault();
        const far = Math.max(photo.width, photo.height) / (event.shiftKey ? 200 : 40) / view.zoom;
        const [x, y] = cursor || [photo.width / 2, photo.height / 2];
        const within = (value, most) => Math.min(Math.max(value, 0), most - 1);
        cursor = [within(x + step[0] * far, photo.width), within(y + step[1] * far, photo.height)];
        view.include(cursor[0] / photo.width, cursor[1] / photo.height);
        draw();
        clearTimeout(resting);
        if (tool !== "move" && !masks) resting = setTimeout(() => ask(cursor), REST);
    } else if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        cursor = cursor || [photo.width / 2, photo.height / 2];
        if (tool === "ask") {
            ask(cursor);
        } else if (tool === "pick") {
            pick(cursor);
        } else if (tool === "move" && !masks) {
            const [x, y] = chosen < 0 ? cursor : middleOf(strokes[chosen]);
            if (chosen < 0) chosen = nearest(cursor);
            moveChosen([cursor[0] - x, cursor[1] - y]);
        } else if (brushes(tool)) {
            begin(cursor);
            finish();
        }
    }
});
