// The line between grey and colour is a range input over the pictures: mouse, touch and keys.
const frame = element.querySelector(".compare-frame");
const before = element.querySelector(".compare-before");
const after = element.querySelector(".compare-after");
const range = element.querySelector(".compare-range");

const move = () => frame.style.setProperty("--at", `${range.value}%`);
range.addEventListener("input", move);
move();

const show = () => {
    const value = props.value;
    if (!value) return;
    if (value.before) before.src = value.before;
    if (value.after) after.src = value.after;
    if (value.width) {
        frame.style.setProperty("--ratio", value.width / value.height);
        frame.style.aspectRatio = `${value.width} / ${value.height}`;
    }
    if (value.before) {
        range.value = 50;
        move();
    }
    frame.dataset.shown = (Number(frame.dataset.shown || 0) + 1).toString();
};
watch("value", show);
show();
