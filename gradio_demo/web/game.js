// The game in the browser. All that has to be on time happens here: the pictures are decoded before
// the countdown starts, and shown and hidden by this script, so the way to the server doesn't count.
// Gradio provides element, props, trigger and watch.

const EXPOSURE = 1000; // milliseconds that each picture is shown
const HALF_A_FRAME = 8; // milliseconds: hide in the frame nearest to the end
const STEP = 500; // milliseconds of each number of the countdown, and between the pictures
const PATIENCE = 60000; // milliseconds until the server is taken to be busy
const VISITOR = "colorize-visitor";

const part = (name) => element.querySelector(".game-" + name);
const images = [...element.querySelectorAll(".game-picture")];
const buttons = [...element.querySelectorAll(".game-answer")];
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

let state = "idle"; // idle, waiting, showing, asking
let asked = 0; // numbers the requests, so that a late answer to an old one is told from the others
let request = null; // the last one, for trying again
let round = null; // as the server sent it
let hiddenAt = 0; // when the second picture went, by performance.now()
let shown = []; // the pairs so far, for the review at the end
let impatient = null;

function say(words) {
  part("line").textContent = words;
  part("line").hidden = !words;
}

function open(...names) {
  for (const name of ["pictures", "answers", "result", "start", "again", "leave"]) {
    part(name).hidden = !names.includes(name);
  }
}

function visitor() {
  const fresh = [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  try {
    if (!localStorage.getItem(VISITOR)) localStorage.setItem(VISITOR, fresh);
    return localStorage.getItem(VISITOR);
  } catch {
    return fresh; // the browser keeps nothing
  }
}

function ask(name, data) {
  state = "waiting";
  asked += 1;
  request = { name, data };
  clearTimeout(impatient);
  impatient = setTimeout(() => stuck("The studio does not answer."), PATIENCE);
  if (name === "begin") trigger("begin", { ...data, ask: asked });
  else trigger("reply", { ...data, ask: asked });
}

function stuck(words) {
  say(words);
  state = "idle";
  open(...(round ? ["again", "leave"] : ["start"]));
}

function leave(words) {
  asked += 1; // whatever is on its way is not for the next game
  clearTimeout(impatient);
  state = "idle";
  round = null;
  shown = [];
  forget();
  say(words);
  open("start");
}

function forget() {
  for (const image of images) {
    image.classList.remove("shown");
    image.removeAttribute("src");
  }
  for (const button of buttons) button.disabled = true;
}

// Visible for one second, counted in the screen's own frames. In a page that is out of sight there
// are none: there a clock hides the picture.
function expose(image) {
  return new Promise((done) => {
    image.classList.add("shown");
    requestAnimationFrame(() => {
      const first = performance.now(); // a frame's own time may be long past on a busy machine
      let hidden = false;
      const hide = () => {
        if (hidden) return;
        hidden = true;
        clearTimeout(clock);
        image.classList.remove("shown");
        done();
      };
      const clock = setTimeout(hide, EXPOSURE + 100);
      const look = () => {
        if (performance.now() - first >= EXPOSURE - HALF_A_FRAME) hide();
        else if (!hidden) requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
  });
}

async function play() {
  const mine = asked; // another request ends this round
  state = "showing";
  forget();
  open("pictures", "answers", "leave");
  images.forEach((image, index) => (image.src = round.pictures[index]));
  await Promise.all(images.map((image) => image.decode()));
  const verdict = { true: "Right. ", false: "No, that was the colorized one. " };
  const number = "Pair " + round.round + " of " + round.rounds + (round.practice ? ", practice" : "");
  if (round.right !== null) {
    say(verdict[round.right]);
    await pause(3 * STEP);
  }
  for (const left of [3, 2, 1]) {
    if (mine !== asked) return;
    say(number + ": " + left);
    await pause(STEP);
  }
  say(number);
  for (const image of images) {
    if (mine !== asked) return;
    if (image !== images[0]) await pause(STEP);
    await expose(image);
  }
  if (mine !== asked) return;
  hiddenAt = performance.now();
  shown.push(round.pictures);
  forget();
  state = "asking";
  for (const button of buttons) button.disabled = false;
  say(number + ": which one was real?");
}

function answer(choice) {
  if (state !== "asking") return;
  for (const button of buttons) button.disabled = true;
  const seconds = (performance.now() - hiddenAt) / 1000;
  say("You took the " + (choice === 1 ? "first" : "second") + " for real.");
  ask("reply", { game: round.game, number: round.round, answer: choice, seconds });
}

function tell(result) {
  state = "idle";
  round = null;
  say("");
  open("result", "start");
  part("start").textContent = "Play again";
  part("score").textContent =
    result.of === 0
      ? "That was practice only."
      : "You found the real photo in " + result.right + " of " + result.of + " pairs.";
  part("figures").replaceChildren(
    ...result.figures.map((figure) => {
      const item = document.createElement("li");
      item.textContent = figure.words;
      return item;
    }),
  );
  part("review").replaceChildren(
    ...result.played.map(({ real, answer, practice }, index) => {
      const figure = document.createElement("figure");
      shown[index].forEach((source, place) => {
        const image = document.createElement("img");
        image.src = source;
        image.alt = place + 1 === real ? "The real photo" : "The colorized photo";
        image.className = place + 1 === real ? "real" : "";
        figure.append(image);
      });
      const caption = document.createElement("figcaption");
      const side = real === 1 ? "Left" : "Right";
      const found = real === answer ? "found" : "you were fooled";
      caption.textContent = side + " is real: " + found + (practice ? " (practice)" : "");
      figure.append(caption);
      return figure;
    }),
  );
  shown = [];
}

function listLeftOut(names) {
  const box = part("left-out");
  box.hidden = !names.length;
  box.querySelector("summary").textContent = "Left out: " + names.length;
  box.querySelector("ul").replaceChildren(
    ...names.map((name) => {
      const item = document.createElement("li");
      item.textContent = name;
      return item;
    }),
  );
}

watch("value", () => {
  const said = props.value;
  if (!said || said.ask !== asked || state !== "waiting") return;
  clearTimeout(impatient);
  if (said.left_out) listLeftOut(said.left_out);
  if (said.error) return stuck(said.error);
  if (said.over) return tell(said);
  round = said;
  play();
});

part("start").addEventListener("click", () => {
  shown = [];
  listLeftOut([]);
  round = null;
  say("Choosing the pictures …");
  open("leave");
  ask("begin", { visitor: visitor() });
});
part("again").addEventListener("click", () => {
  say("Trying again …");
  open("leave");
  ask(request.name, request.data);
});
part("leave").addEventListener("click", () => leave("You left the game. Your answers are kept."));
for (const button of buttons) {
  button.addEventListener("click", () => answer(Number(button.dataset.answer)));
}

const KEYS = { 1: 1, 2: 2, ArrowLeft: 1, ArrowRight: 2 };
document.addEventListener(
  "keydown",
  function listen(event) {
    if (!element.isConnected) return document.removeEventListener("keydown", listen, true);
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    const modified = event.ctrlKey || event.altKey || event.metaKey;
    const choice = KEYS[event.key];
    if (!choice || typing || modified || event.repeat || state !== "asking") return;
    if (element.offsetParent === null) return; // on another tab
    event.preventDefault();
    event.stopPropagation();
    answer(choice);
  },
  true,
);
say("Two pictures, one second each. One is a photo, the other was colorized.");
