// Strokes are kept and sent in the photo's pixels; the canvas only draws them over the picture.
const root = element.querySelector(".canvas");
const stage = root.querySelector(".canvas-stage");
const picture = root.querySelector(".canvas-picture");
const marks = root.querySelector(".canvas-marks");
const tools = root.querySelector(".canvas-tools");
const palette = root.querySelector(".canvas-palette");
const recent = root.querySelector(".canvas-recent");
const part = (name) => root.querySelector(`[data-part="${name}"]`);
const on = (name, happens, act) => part(name)?.addEventListener(happens, act);
const paints = root.dataset.paint === "true";
const masks = root.dataset.mask === "true"; // strokes have no colour but cover, or erase
const REST = 140; // milliseconds that the pointer rests before the palette appears
const STAY = 450; // and before it follows elsewhere, so that it stays on the way to it
const RECENT = 10; // colours
const VEIL = "#d2552c"; // of what is covered by a mask
const REACH = 14; // pixels of the screen within which a small hint is found

let photo = null; // width and height in pixels
let strokes = [];
let stroke = null; // the one being painted
let past = []; // what the strokes were before each change
let future = []; // and what they were before it was undone
let cursor = null; // where keys are, or what was asked for
let tool = paints ? "paint" : "ask";
let keeps = false; // whether what is covered stays as it was
let resting = 0;
let chosen = -1; // of the strokes, to move or delete
let pressed = null; // where a click, or the moving of a hint or the photo, began
let pull = [0, 0]; // how far the chosen stroke is being moved, in pixels of the photo
const fingers = new Map(); // on the stage, in its pixels
const view = makeView(() => {
    picture.style.transform = view.transform;
    part("nearer").disabled = view.zoom >= MOST_ZOOM;
    part("farther").disabled = part("whole").disabled = view.zoom === 1;
    stage.dataset.zoom = view.zoom.toFixed(2);
    draw();
});
const pinch = makePinch(view);

const brush = () => (Number(part("size").value) / 100) * Math.min(photo.width, photo.height);

const draw = () => {
    if (!photo) return;
    const box = marks.getBoundingClientRect();
    const sharp = window.devicePixelRatio || 1;
    marks.width = Math.round(box.width * sharp);
    marks.height = Math.round(box.height * sharp);
    if (!marks.width || !marks.height) return; // in a tab that is not shown
    const pen = marks.getContext("2d");
    const scale = (marks.width / photo.width) * view.zoom;
    const [left, top] = view.corner;
    pen.translate(-left * photo.width * scale, -top * photo.height * scale);
    pen.lineCap = pen.lineJoin = "round";
    const line = (points, color, width) => {
        pen.strokeStyle = color;
        pen.lineWidth = width;
        pen.beginPath();
        pen.moveTo(points[0][0] * scale, points[0][1] * scale);
        for (const [x, y] of points) pen.lineTo(x * scale, y * scale);
        pen.stroke();
    };
    const moved = pull.some(Boolean) ? withMoved(strokes, chosen, pull, photo) : strokes;
    const all = [...moved, ...(stroke ? [stroke] : [])];
    if (masks) drawVeil(pen, all, scale);
    for (const [n, { points, color, radius }] of masks ? [] : all.entries()) {
        const width = Math.max(2 * sharp, 2 * radius * scale);
        if (n === chosen) line(points, "#d2552c", width + 9 * sharp);
        line(points, "rgba(255,255,255,.9)", width + 3 * sharp);
        line(points, "rgba(0,0,0,.55)", width + 1.5 * sharp);
        line(points, color, width);
    }
    if (cursor) {
        for (const [color, width] of [["#000", 3.5], ["#fff", 1.5]]) {
            pen.strokeStyle = color;
            pen.lineWidth = width * sharp;
            pen.beginPath();
            const ring = masks ? Math.max(brush() * scale, 3 * sharp) : 7 * sharp;
            pen.arc(cursor[0] * scale, cursor[1] * scale, ring, 0, 7);
            pen.stroke();
        }
    }
};

// Erasing takes away what was painted before, so all of it is drawn apart.
const drawVeil = (pen, all, scale) => {
    const apart = document.createElement("canvas");
    apart.width = marks.width;
    apart.height = marks.height;
    const veil = apart.getContext("2d");
    veil.setTransform(pen.getTransform());
    veil.lineCap = veil.lineJoin = "round";
    veil.strokeStyle = VEIL;
    for (const { points, radius, erase } of all) {
        veil.globalCompositeOperation = erase ? "destination-out" : "source-over";
        veil.lineWidth = 2 * radius * scale;
        veil.beginPath();
        veil.moveTo(points[0][0] * scale, points[0][1] * scale);
        for (const [x, y] of points) veil.lineTo(x * scale, y * scale);
        veil.stroke();
    }
    pen.save();
    pen.resetTransform();
    pen.globalAlpha = stroke ? 0.5 : 0.35;
    pen.drawImage(apart, 0, 0);
    pen.restore();
};

const onStage = (event) => {
    const box = marks.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
};
const place = (event) => {
    const [x, y] = onStage(event);
    const within = (share) => Math.min(Math.max(share, 0), 0.9999);
    const [across, down] = view.onPhoto(x / marks.clientWidth, y / marks.clientHeight).map(within);
    return [across * photo.width, down * photo.height].map((value) => Math.round(value * 10) / 10);
};

const ask = ([x, y]) => trigger("asked", { x, y });

const changed = () => {
    const enabled = { undo: past.length, redo: future.length, delete: chosen >= 0 };
    enabled.clear = enabled.save = strokes.length;
    for (const [name, can] of Object.entries(enabled)) if (part(name)) part(name).disabled = !can;
    draw();
};
const become = (next) => {
    strokes = next;
    if (chosen >= strokes.length) chosen = -1;
    changed();
    tell();
};
const tell = () => trigger("painted", masks ? { strokes, keeps } : { strokes });
const paint = (next) => {
    past.push(strokes);
    future = [];
    become(next);
};

const begin = (at) => {
    stroke = { radius: brush(), points: [at] };
    if (!masks) stroke.color = part("colour").value;
    else if (tool === "erase") stroke.erase = true;
    draw();
};
const finish = () => {
    if (!stroke) return;
    const next = [...strokes, stroke];
    if (!masks) remember(stroke.color);
    stroke = null;
    chosen = -1;
    paint(next);
};
const undo = () => {
    if (!past.length) return;
    future.push(strokes);
    chosen = -1;
    become(past.pop());
};
const redo = () => {
    if (!future.length) return;
    past.push(strokes);
    chosen = -1;
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

const take = (name) => {
    tool = name;
    for (const button of root.querySelectorAll("button[data-tool]"))
        button.setAttribute("aria-checked", String(button.dataset.tool === name));
    stage.dataset.tool = name;
    chosen = -1;
    if (photo) changed();
};
for (const button of root.querySelectorAll("button[data-tool]"))
    button.addEventListener("click", () => take(button.dataset.tool));
on("undo", "click", undo);
on("redo", "click", redo);
on("clear", "click", () => paint([]));

const keep = (value) => {
    keeps = value;
    for (const button of root.querySelectorAll("button[data-keeps]"))
        button.setAttribute("aria-checked", String(button.dataset.keeps === String(value)));
};
for (const button of root.querySelectorAll("button[data-keeps]"))
    button.addEventListener("click", () => {
        keep(button.dataset.keeps === "true");
        tell();
    });

// Hints travel as the JSON that the command line takes.
on("save", "click", () => trigger("saved", {}));
on("load", "click", () => part("file").click());
on("file", "change", async () => {
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
    for (const swatch of root.querySelectorAll(".swatch"))
        swatch.setAttribute("aria-pressed", String(swatch.dataset.color === color));
};
on("colour", "input", () => choose(part("colour").value));
on("size", "input", () => draw());

const makeSwatch = (color, words) => {
    const swatch = document.createElement("button");
    swatch.type = "button";
    swatch.className = "swatch";
    swatch.dataset.color = color;
    swatch.style.setProperty("--color", color);
    swatch.title = words;
    swatch.setAttribute("aria-label", words);
    swatch.setAttribute("aria-pressed", String(color === part("colour").value));
    swatch.addEventListener("click", () => {
        choose(color);
        if (tool !== "ask" || !cursor) return;
        begin(cursor); // by touch, taking a colour paints it where it was asked for
        finish();
    });
    return swatch;
};
const showPalette = (colors) => {
    palette.replaceChildren();
    for (const { color, share } of colors) {
        const swatch = makeSwatch(color, `${color}, ${Math.round(share * 100)} % likely here`);
        swatch.append(`${Math.round(share * 100)} %`);
        palette.append(swatch);
    }
};
// Colours that were painted with stay at hand, whatever is undone or opened afterwards.
const remember = (color) => {
    for (const swatch of recent.children) if (swatch.dataset.color === color) swatch.remove();
    recent.prepend(makeSwatch(color, `${color}, used before`));
    while (recent.childElementCount > RECENT) recent.lastElementChild.remove();
    recent.hidden = false;
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
    if (value.width && (value.width !== photo?.width || value.height !== photo.height)) {
        photo = { width: value.width, height: value.height };
        stage.style.setProperty("--ratio", photo.width / photo.height);
        stage.style.aspectRatio = `${photo.width} / ${photo.height}`;
        view.whole();
    }
    if (value.picture) picture.src = value.picture;
    if (value.strokes) {
        if (JSON.stringify(value.strokes) !== JSON.stringify(strokes)) {
            strokes = structuredClone(value.strokes);
            past = strokes.map((_, number) => strokes.slice(0, number));
            future = [];
            if (!masks) for (const { color } of strokes) remember(color);
        }
        cursor = null;
        chosen = -1;
        palette?.replaceChildren();
    }
    if (value.keeps !== undefined) keep(value.keeps);
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
