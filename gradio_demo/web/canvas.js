// Strokes are kept and sent in the photo's pixels; the canvas only draws them over the picture.
const root = element.querySelector(".canvas");
const stage = root.querySelector(".canvas-stage");
const picture = root.querySelector(".canvas-picture");
const marks = root.querySelector(".canvas-marks");
const tools = root.querySelector(".canvas-tools");
const palette = root.querySelector(".canvas-palette");
const part = (name) => root.querySelector(`[data-part="${name}"]`);
const paints = root.dataset.paint === "true";
const REST = 140; // milliseconds that the pointer rests before the palette appears
const STAY = 450; // and before it follows elsewhere, so that it stays on the way to it

let photo = null; // width and height in pixels
let strokes = [];
let stroke = null; // the one being painted
let past = []; // what the strokes were before each change
let future = []; // and what they were before it was undone
let cursor = null; // where keys are, or what was asked for
let tool = paints ? "paint" : "ask";
let resting = 0;

const brush = () => (Number(part("size").value) / 100) * Math.min(photo.width, photo.height);

const draw = () => {
    if (!photo) return;
    const box = marks.getBoundingClientRect();
    const sharp = window.devicePixelRatio || 1;
    marks.width = Math.round(box.width * sharp);
    marks.height = Math.round(box.height * sharp);
    const pen = marks.getContext("2d");
    const scale = marks.width / photo.width;
    pen.lineCap = pen.lineJoin = "round";
    const line = (points, color, width) => {
        pen.strokeStyle = color;
        pen.lineWidth = width;
        pen.beginPath();
        pen.moveTo(points[0][0] * scale, points[0][1] * scale);
        for (const [x, y] of points) pen.lineTo(x * scale, y * scale);
        pen.stroke();
    };
    for (const { points, color, radius } of stroke ? [...strokes, stroke] : strokes) {
        const width = Math.max(2 * sharp, 2 * radius * scale);
        line(points, "rgba(255,255,255,.9)", width + 3 * sharp);
        line(points, "rgba(0,0,0,.55)", width + 1.5 * sharp);
        line(points, color, width);
    }
    if (cursor) {
        for (const [color, width] of [["#000", 3.5], ["#fff", 1.5]]) {
            pen.strokeStyle = color;
            pen.lineWidth = width * sharp;
            pen.beginPath();
            pen.arc(cursor[0] * scale, cursor[1] * scale, 7 * sharp, 0, 7);
            pen.stroke();
        }
    }
};

const place = (event) => {
    const box = marks.getBoundingClientRect();
    const within = (share) => Math.min(Math.max(share, 0), 0.9999);
    return [
        within((event.clientX - box.left) / box.width) * photo.width,
        within((event.clientY - box.top) / box.height) * photo.height,
    ].map((value) => Math.round(value * 10) / 10);
};

const ask = ([x, y]) => trigger("asked", { x, y });

const changed = () => {
    part("undo").disabled = past.length === 0;
    part("redo").disabled = future.length === 0;
    part("clear").disabled = part("save").disabled = strokes.length === 0;
    draw();
};
const become = (next) => {
    strokes = next;
    changed();
    trigger("painted", { strokes });
};
const paint = (next) => {
    past.push(strokes);
    future = [];
    become(next);
};

const begin = (at) => {
    stroke = { color: part("colour").value, radius: brush(), points: [at] };
    draw();
};
const finish = () => {
    if (!stroke) return;
    const next = [...strokes, stroke];
    stroke = null;
    paint(next);
};
const undo = () => {
    if (!past.length) return;
    future.push(strokes);
    become(past.pop());
};
const redo = () => {
    if (!future.length) return;
    past.push(strokes);
    become(future.pop());
};

const colourAt = ([x, y]) => {
    const one = document.createElement("canvas");
    one.width = one.height = 1;
    const pen = one.getContext("2d");
    const across = (x * picture.naturalWidth) / photo.width;
    const down = (y * picture.naturalHeight) / photo.height;
    pen.drawImage(picture, Math.floor(across), Math.floor(down), 1, 1, 0, 0, 1, 1);
    const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
    return "#" + [red, green, blue].map((one) => one.toString(16).padStart(2, "0")).join("");
};
const pick = (at) => {
    choose(colourAt(at));
    take("paint");
};

marks.addEventListener("pointerdown", (event) => {
    if (!photo || event.button > 0) return;
    const at = place(event);
    clearTimeout(resting);
    if (tool === "ask") {
        cursor = at;
        draw();
        ask(at);
        return;
    }
    if (tool === "pick") {
        pick(at);
        return;
    }
    event.preventDefault();
    marks.focus({ preventScroll: true });
    marks.setPointerCapture(event.pointerId);
    cursor = null;
    begin(at);
});
marks.addEventListener("pointermove", (event) => {
    if (!photo) return;
    const at = place(event);
    if (stroke) {
        const [x, y] = stroke.points[stroke.points.length - 1];
        if (Math.hypot(at[0] - x, at[1] - y) >= stroke.radius / 2) stroke.points.push(at);
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
marks.addEventListener("pointerup", finish);
marks.addEventListener("pointercancel", () => {
    stroke = null;
    draw();
});
marks.addEventListener("pointerleave", () => clearTimeout(resting));

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
    const step = STEPS[event.key];
    if (step) {
        event.preventDefault();
        const far = Math.max(photo.width, photo.height) / (event.shiftKey ? 200 : 40);
        const [x, y] = cursor || [photo.width / 2, photo.height / 2];
        const within = (value, most) => Math.min(Math.max(value, 0), most - 1);
        cursor = [within(x + step[0] * far, photo.width), within(y + step[1] * far, photo.height)];
        draw();
        clearTimeout(resting);
        resting = setTimeout(() => ask(cursor), REST);
    } else if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        cursor = cursor || [photo.width / 2, photo.height / 2];
        if (tool === "ask") {
            ask(cursor);
        } else if (tool === "pick") {
            pick(cursor);
        } else {
            begin(cursor);
            finish();
        }
    }
});

const take = (name) => {
    tool = name;
    for (const button of root.querySelectorAll("button[data-tool]"))
        button.setAttribute("aria-checked", String(button.dataset.tool === name));
    stage.dataset.tool = name;
};
for (const button of root.querySelectorAll("button[data-tool]"))
    button.addEventListener("click", () => take(button.dataset.tool));
part("undo").addEventListener("click", undo);
part("redo").addEventListener("click", redo);
part("clear").addEventListener("click", () => paint([]));

// Hints travel as the JSON that the command line takes.
part("save").addEventListener("click", () => trigger("saved", {}));
part("load").addEventListener("click", () => part("file").click());
part("file").addEventListener("change", async () => {
    const [file] = part("file").files;
    part("file").value = "";
    if (file) trigger("loaded", { text: await file.text() });
});
const download = ({ name, text }) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};

const choose = (color) => {
    part("colour").value = color;
    for (const swatch of palette.children)
        swatch.setAttribute("aria-pressed", String(swatch.dataset.color === color));
};
part("colour").addEventListener("input", () => choose(part("colour").value));

const showPalette = (colors) => {
    palette.replaceChildren();
    for (const { color, share } of colors) {
        const swatch = document.createElement("button");
        swatch.type = "button";
        swatch.className = "swatch";
        swatch.dataset.color = color;
        swatch.style.setProperty("--color", color);
        swatch.title = `${color}, ${Math.round(share * 100)} % likely here`;
        swatch.setAttribute("aria-label", swatch.title);
        swatch.setAttribute("aria-pressed", String(color === part("colour").value));
        swatch.append(`${Math.round(share * 100)} %`);
        swatch.addEventListener("click", () => {
            choose(color);
            if (tool !== "ask" || !cursor) return;
            begin(cursor); // by touch, taking a colour paints it where it was asked for
            finish();
        });
        palette.append(swatch);
    }
};

const show = () => {
    const value = props.value;
    root.querySelector(".empty").hidden = Boolean(value);
    stage.hidden = !value;
    tools.hidden = !value || !paints;
    if (!value) {
        photo = null;
        return;
    }
    if (value.width) {
        photo = { width: value.width, height: value.height };
        stage.style.setProperty("--ratio", photo.width / photo.height);
        stage.style.aspectRatio = `${photo.width} / ${photo.height}`;
    }
    if (value.picture) picture.src = value.picture;
    if (value.strokes) {
        if (JSON.stringify(value.strokes) !== JSON.stringify(strokes)) {
            strokes = structuredClone(value.strokes);
            past = strokes.map((_, number) => strokes.slice(0, number));
            future = [];
        }
        cursor = null;
        palette.replaceChildren();
    }
    if (value.loaded) paint(value.loaded);
    if (value.file) download(value.file);
    if (value.palette) showPalette(value.palette);
    if (value.point) cursor = value.point;
    stage.dataset.shown = (Number(stage.dataset.shown || 0) + 1).toString();
    changed();
};
watch("value", show);
new ResizeObserver(draw).observe(stage);
show();
